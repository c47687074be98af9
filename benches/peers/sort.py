import sys

n = int(sys.argv[1])
xs = sorted(i * 1103515245 % 2147483647 for i in range(n))
print(xs[0], xs[n // 2], xs[n - 1])
