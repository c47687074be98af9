import sys
from collections import Counter

n = int(sys.argv[1])
text = " ".join(f"word{i * 7919 % 10007}" for i in range(n))
counts = Counter(text.split())
print(len(text), len(counts), counts["word42"])
