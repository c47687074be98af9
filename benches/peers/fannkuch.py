import sys

def flips(p, q, n):
    q[:] = p
    count = 0
    while True:
        first = q[0]
        if first == 0:
            return count
        q[:first + 1] = q[first::-1]
        count += 1

def next_one(p, counts, n):
    for i in range(1, n):
        p.insert(i, p.pop(0))
        if counts[i] < i:
            counts[i] += 1
            return True
        counts[i] = 0
    return False

def main(n):
    p = list(range(n))
    q = [0] * n
    counts = [0] * n
    k = checksum = most = 0
    while True:
        f = flips(p, q, n)
        checksum += f if k % 2 == 0 else -f
        most = max(most, f)
        k += 1
        if not next_one(p, counts, n):
            return checksum, most

print(*main(int(sys.argv[1])))
