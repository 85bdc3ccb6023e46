#!/bin/sh
# throttled-py 3.5.0 (PyPI), Python 3.11: ten a second with its token bucket, asked 200 times a second for four seconds.
#
# Expected  ten at once and from then on one every 0.1 s, as a token bucket is filled continuously, and as the same
#           library's GCRA does.
# Seen      ten at once at each whole second and none between: time is counted in whole seconds. Where the first ten
#           come late in a second the next ten follow a few milliseconds after them.
# Matters   behind it a service meets bursts of the whole quota, from all clients at the same instant of the clock, and
#           up to twice the quota within any second. As `admission` of a world it is a window, not a bucket.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet throttled-py==3.5.0 2>/dev/null
cat >run.py <<'EOF'
import sys, time
from throttled import Throttled, rate_limiter

def passed(using):
    throttle, times = Throttled(key=using, using=using, quota=rate_limiter.per_sec(10)), []
    time.sleep(1.9 - time.time() % 1)  # begin 0.1 s before a whole second
    end = time.monotonic() + 4
    while time.monotonic() < end:
        if not throttle.limit().limited:
            times.append(time.time())
        time.sleep(0.005)
    return times

bucket, gcra = passed("token_bucket"), passed("gcra")
crossing = sum(at < bucket[0] + 0.3 for at in bucket)
edges = sum(at % 1 < 0.2 or at % 1 > 0.8 for at in bucket)
print(f"token bucket: {len(bucket)} in 4 s, {edges} of them within 0.2 s of a whole second, {crossing} in the first 0.3 s; "
      f"gcra: {sum(at < gcra[0] + 0.3 for at in gcra)} in the first 0.3 s")
sys.exit(0 if edges >= 0.9 * len(bucket) and crossing >= 18 and sum(at < gcra[0] + 0.3 for at in gcra) <= 14 else 1)
EOF
own/bin/python run.py
