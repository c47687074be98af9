local n = tonumber(arg[1])
local made = {}
for i = 0, n - 1 do made[i + 1] = "word" .. i * 7919 % 10007 end
local text = table.concat(made, " ")
local counts, different = {}, 0
for word in text:gmatch("%S+") do
  local count = counts[word]
  if not count then
    different = different + 1
    count = 0
  end
  counts[word] = count + 1
end
print(#text, different, counts["word42"] or 0)
