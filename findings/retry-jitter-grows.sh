#!/bin/sh
# retry 0.9.2 (PyPI), Python 3.11: 20 retries with delay=0.05 and jitter=(0.05, 0.06).
#
# Expected  each wait between 0.10 and 0.11 s: the README says that jitter is extra seconds added to the delay, drawn
#           anew from the range.
# Seen      the draws add up: 0.05, 0.10, 0.16 … s, more than a second at the end. The jitter is kept as part of the next
#           delay, so that it is a linear back-off (jitter=1 in the README waits 1, 2, 3 s), and no max_delay is set.
# Matters   a "small jitter" makes clients come back later and later: a world that writes constant waits for them has
#           too many requests, and an outage is over for them minutes after it is over.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet retry==0.9.2 decorator==5.3.1 py==1.11.0 2>/dev/null
cat >run.py <<'EOF'
import sys, time
from unittest import mock
from retry.api import retry_call

def down():
    raise OSError("down")

waits = []
with mock.patch("time.sleep", waits.append):
    try:
        retry_call(down, tries=21, delay=0.05, jitter=(0.05, 0.06), logger=None)
    except OSError:
        pass
print("waits:", *(f"{wait:.2f}" for wait in waits))
sys.exit(0 if len(waits) == 20 and waits[0] == 0.05 and waits[-1] > 1 and waits == sorted(waits) else 1)
EOF
own/bin/python run.py
