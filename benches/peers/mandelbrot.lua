local function escape(cr, ci)
  local zr, zi, i = 0.0, 0.0, 0
  while i < 200 and zr * zr + zi * zi <= 4.0 do
    zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
    i = i + 1
  end
  return i
end

local n = tonumber(arg[1])
local sum = 0
for y = 0, n - 1 do
  for x = 0, n - 1 do
    sum = sum + escape(3.0 * x / n - 2.0, 2.0 * y / n - 1.0)
  end
end
print(string.format("%.17g", sum))
