#!/bin/sh
# tdigest 0.5.2.2 (PyPI), Python 3.11: 990 answers of 1 ms and 10 of 5 s.
#
# Expected  the 90th and 98th percentile are 1 ms: 99 % of the values are, and the README speaks of accurate
#           estimates of percentiles.
# Seen      4.05 s and 4.85 s: equal values become one centroid of weight 990, and everything between the middle of it
#           and the next is interpolated. Even the median is 51 ms.
# Matters   a service that is well but for a few time-outs is the usual case of a storm. A report made with this says that
#           most requests are slow, and an objective on the 90th percentile is judged on a number that no request had.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet tdigest==0.5.2.2 accumulation_tree==0.6.4 pyudorandom==1.0.0 2>/dev/null
cat >run.py <<'EOF'
import sys
from tdigest import TDigest

digest = TDigest()
digest.batch_update([0.001] * 990 + [5.0] * 10)
seen = {rank: digest.percentile(rank) for rank in (50, 90, 98)}
print("990 × 0.001 s and 10 × 5 s:", ", ".join(f"p{rank} = {value:.3f} s" for rank, value in seen.items()))
sys.exit(0 if seen[50] > 0.01 and seen[90] > 4 and seen[98] > 4.5 else 1)
EOF
own/bin/python run.py
