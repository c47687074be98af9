local floor = math.floor

local function element(i, j)
  return 1.0 / (floor((i + j) * (i + j + 1) / 2) + i + 1)
end

local function times(n, u, v)
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + element(i, j) * u[j] end
    v[i] = sum
  end
end

local function transposed_times(n, u, v)
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do sum = sum + element(j, i) * u[j] end
    v[i] = sum
  end
end

local function dot(n, u, v)
  local sum = 0.0
  for i = 0, n - 1 do sum = sum + u[i] * v[i] end
  return sum
end

local n = tonumber(arg[1])
local u, v, t = {}, {}, {}
for i = 0, n - 1 do u[i], v[i], t[i] = 1.0, 0.0, 0.0 end
for _ = 1, 10 do
  times(n, u, t)
  transposed_times(n, t, v)
  times(n, v, t)
  transposed_times(n, t, u)
end
print(string.format("%.17g", math.sqrt(dot(n, u, v) / dot(n, v, v))))
