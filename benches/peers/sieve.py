import sys

def main(n):
    prime = bytearray([1]) * n
    i = 2
    while i * i < n:
        if prime[i]:
            for j in range(i * i, n, i):
                prime[j] = 0
        i += 1
    count = 0
    for i in range(2, n):
        if prime[i]:
            count += 1
    return count

print(main(int(sys.argv[1])))
