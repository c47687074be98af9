local function flips(p, q, n)
  for i = 0, n - 1 do q[i] = p[i] end
  local count = 0
  while true do
    local first = q[0]
    if first == 0 then return count end
    local i, j = 0, first
    while i < j do
      q[i], q[j] = q[j], q[i]
      i, j = i + 1, j - 1
    end
    count = count + 1
  end
end

local function next_one(p, counts, n)
  for i = 1, n - 1 do
    local first = p[0]
    for j = 0, i - 1 do p[j] = p[j + 1] end
    p[i] = first
    if counts[i] < i then
      counts[i] = counts[i] + 1
      return true
    end
    counts[i] = 0
  end
  return false
end

local n = tonumber(arg[1])
local p, q, counts = {}, {}, {}
for i = 0, n - 1 do p[i], q[i], counts[i] = i, 0, 0 end
local k, checksum, most = 0, 0, 0
repeat
  local f = flips(p, q, n)
  if k % 2 == 0 then checksum = checksum + f else checksum = checksum - f end
  if f > most then most = f end
  k = k + 1
until not next_one(p, counts, n)
print(checksum, most)
