import sys
from math import sqrt

YEAR, SUN = 365.24, 4.0 * 3.141592653589793 * 3.141592653589793
PLANETS = [
    (4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
     1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04),
    (8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
     -2.76742510726411021e-03, 4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04),
    (1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
     2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05),
    (1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
     2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05),
]

def energy(m, x, y, z, vx, vy, vz):
    e = 0.0
    for i in range(5):
        e += 0.5 * m[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i])
        for j in range(i + 1, 5):
            dx, dy, dz = x[i] - x[j], y[i] - y[j], z[i] - z[j]
            e -= m[i] * m[j] / sqrt(dx * dx + dy * dy + dz * dz)
    return e

def advance(m, x, y, z, vx, vy, vz, dt):
    for i in range(5):
        xi, yi, zi, mi = x[i], y[i], z[i], m[i]
        ax, ay, az = vx[i], vy[i], vz[i]
        for j in range(i + 1, 5):
            dx, dy, dz = xi - x[j], yi - y[j], zi - z[j]
            square = dx * dx + dy * dy + dz * dz
            f = dt / (square * sqrt(square))
            mj, mif = m[j] * f, mi * f
            vx[j] += dx * mif
            vy[j] += dy * mif
            vz[j] += dz * mif
            ax -= dx * mj
            ay -= dy * mj
            az -= dz * mj
        vx[i], vy[i], vz[i] = ax, ay, az
    for i in range(5):
        x[i] += dt * vx[i]
        y[i] += dt * vy[i]
        z[i] += dt * vz[i]

def main(n):
    m, x, y, z, vx, vy, vz = ([0.0] * 5 for _ in range(7))
    m[0] = SUN
    for k, p in enumerate(PLANETS, 1):
        x[k], y[k], z[k] = p[:3]
        vx[k], vy[k], vz[k] = YEAR * p[3], YEAR * p[4], YEAR * p[5]
        m[k] = SUN * p[6]
    for j in range(1, 5):
        vx[0] -= vx[j] * m[j] / SUN
        vy[0] -= vy[j] * m[j] / SUN
        vz[0] -= vz[j] * m[j] / SUN
    before = energy(m, x, y, z, vx, vy, vz)
    for _ in range(n):
        advance(m, x, y, z, vx, vy, vz, 0.01)
    return before, energy(m, x, y, z, vx, vy, vz)

print(*main(int(sys.argv[1])))
