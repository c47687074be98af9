import sys

def escape(cr, ci):
    zr = zi = 0.0
    i = 0
    while i < 200 and zr * zr + zi * zi <= 4.0:
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        i += 1
    return i

def main(n):
    return sum(escape(3.0 * x / n - 2.0, 2.0 * y / n - 1.0) for y in range(n) for x in range(n))

print(main(int(sys.argv[1])))
