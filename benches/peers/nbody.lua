local sqrt = math.sqrt

local function energy(b)
  local e = 0.0
  for i = 1, 5 do
    local p = b[i]
    e = e + 0.5 * p.m * (p.vx * p.vx + p.vy * p.vy + p.vz * p.vz)
    for j = i + 1, 5 do
      local q = b[j]
      local dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z
      e = e - p.m * q.m / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(b, dt)
  for i = 1, 5 do
    local p = b[i]
    local px, py, pz, pm = p.x, p.y, p.z, p.m
    local ax, ay, az = p.vx, p.vy, p.vz
    for j = i + 1, 5 do
      local q = b[j]
      local dx, dy, dz = px - q.x, py - q.y, pz - q.z
      local square = dx * dx + dy * dy + dz * dz
      local f = dt / (square * sqrt(square))
      local mj, mi = q.m * f, pm * f
      q.vx = q.vx + dx * mi
      q.vy = q.vy + dy * mi
      q.vz = q.vz + dz * mi
      ax = ax - dx * mj
      ay = ay - dy * mj
      az = az - dz * mj
    end
    p.vx, p.vy, p.vz = ax, ay, az
  end
  for i = 1, 5 do
    local p = b[i]
    p.x = p.x + dt * p.vx
    p.y = p.y + dt * p.vy
    p.z = p.z + dt * p.vz
  end
end

local year, sun = 365.24, 4.0 * 3.141592653589793 * 3.141592653589793
local function body(x, y, z, vx, vy, vz, m)
  return {x = x, y = y, z = z, vx = year * vx, vy = year * vy, vz = year * vz, m = sun * m}
end
local b = {
  body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
  body(4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
       1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04),
  body(8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
       -2.76742510726411021e-03, 4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04),
  body(1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
       2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05),
  body(1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
       2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05),
}
for j = 2, 5 do
  local q = b[j]
  b[1].vx = b[1].vx - q.vx * q.m / sun
  b[1].vy = b[1].vy - q.vy * q.m / sun
  b[1].vz = b[1].vz - q.vz * q.m / sun
end
local before = energy(b)
for _ = 1, tonumber(arg[1]) do advance(b, 0.01) end
print(string.format("%.17g %.17g", before, energy(b)))
