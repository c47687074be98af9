local n = tonumber(arg[1])
local xs = {}
for i = 0, n - 1 do xs[i + 1] = i * 1103515245 % 2147483647 end
table.sort(xs)
print(xs[1], xs[math.floor(n / 2) + 1], xs[n])
