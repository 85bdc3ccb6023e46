#!/bin/sh
# measured-core 2.0.0 (npm) and pyformance 0.4 (PyPI), Node 20, Python 3.11: a histogram as it comes, with 1000 answers of
# 1000 ms, and an hour later 50 answers of 10 ms (the clock is ours).
#
# Expected  a median of 10 ms: both keep a sample that decays exponentially, biased towards the last five minutes
#           (https://yaorg.github.io/node-measured/packages/measured-core/Histogram.html).
# Seen      a median and a 99th percentile of 1000 ms. Age decides only which value has to leave once 1028 are held; those
#           that are held count alike, however old they are.
# Matters   after an outage a service with little traffic shows the outage's latency for as long as it takes to get five
#           hundred new answers: a gate that waits for the median to be calm waits on the past, and one that compares
#           before and after compares with it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet pyformance==0.4 setuptools==80.10.2 2>/dev/null
npm init -y >/dev/null && npm install --silent --no-audit --no-fund measured-core@2.0.0
cat >run.py <<'EOF'
import sys, warnings

warnings.simplefilter("ignore")
from pyformance.stats.samples import ExpDecayingSample

class Clock:
    at = 0.0
    def time(self):
        return self.at
clock = Clock()
sample = ExpDecayingSample(clock=clock)
for count, start, pause, value in (1000, 0, 0.06, 1000), (50, 3660, 1, 10):
    for i in range(count):
        clock.at = start + i * pause
        sample.update(value)
seen = sample.get_snapshot()
print(f"pyformance: median {seen.get_median()} ms, 99th percentile {seen.get_99th_percentile()} ms of {seen.get_size()} values")
sys.exit(0 if seen.get_median() == 1000 and seen.get_99th_percentile() == 1000 else 1)
EOF
cat >run.cjs <<'EOF'
let at = 1.7e12;
Date.now = () => at;
const { Histogram } = require('measured-core');
const histogram = new Histogram(), began = at;
for (const [count, start, pause, value] of [[1000, 0, 60, 1000], [50, 3660e3, 1000, 10]])
  for (let i = 0; i < count; i++) { at = began + start + i * pause; histogram.update(value); }
const seen = histogram.toJSON();
console.log(`measured-core: median ${seen.median} ms, 99th percentile ${seen.p99} ms`);
process.exit(seen.median === 1000 && seen.p99 === 1000 ? 0 : 1);
EOF
own/bin/python run.py && node run.cjs
