#!/bin/sh
# pybreaker 1.4.1 (PyPI), Python 3.11: ten threads, each makes one call of 0.2 s through a closed breaker.
#
# Expected  0.2 s for all ten: the README calls the breaker safe for threads, and a closed breaker lets calls pass.
# Seen      2 s: the breaker keeps its lock while the call runs, so that one call at a time goes through, closed or not.
# Matters   such a breaker is a limit of one request a process, which nobody wrote down. In a world the service's clients
#           have a concurrency of one each; where a call slows down to its time-out, everything behind it waits in line.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet pybreaker==1.4.1 2>/dev/null
cat >run.py <<'EOF'
import sys, threading, time
import pybreaker

breaker = pybreaker.CircuitBreaker(fail_max=5)
running, most, lock = 0, 0, threading.Lock()
def call():
    global running, most
    with lock:
        running += 1
        most = max(most, running)
    time.sleep(0.2)
    with lock:
        running -= 1

began = time.monotonic()
threads = [threading.Thread(target=breaker.call, args=(call,)) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
spent = time.monotonic() - began
print(f"10 calls of 0.2 s: {spent:.1f} s, at most {most} at a time, breaker {breaker.current_state}")
sys.exit(0 if most == 1 and spent > 1.9 else 1)
EOF
own/bin/python run.py
