import sys
from math import sqrt

def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)

def times(n, u, v):
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(i, j) * u[j]
        v[i] = total

def transposed_times(n, u, v):
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(j, i) * u[j]
        v[i] = total

def dot(n, u, v):
    total = 0.0
    for i in range(n):
        total += u[i] * v[i]
    return total

def main(n):
    u, v, t = [1.0] * n, [0.0] * n, [0.0] * n
    for _ in range(10):
        times(n, u, t)
        transposed_times(n, t, v)
        times(n, v, t)
        transposed_times(n, t, u)
    return sqrt(dot(n, u, v) / dot(n, v, v))

print(main(int(sys.argv[1])))
