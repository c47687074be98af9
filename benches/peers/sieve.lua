local ffi = require("ffi")
local n = tonumber(arg[1])
local prime = ffi.new("bool[?]", n)
ffi.fill(prime, n, 1)
local i = 2
while i * i < n do
  if prime[i] then
    for j = i * i, n - 1, i do prime[j] = false end
  end
  i = i + 1
end
local count = 0
for k = 2, n - 1 do
  if prime[k] then count = count + 1 end
end
print(count)
