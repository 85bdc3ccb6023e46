#!/bin/sh
# circuitbreaker 2.1.3, aiobreaker 1.2.0 and purgatory-circuitbreaker 0.7.2 (PyPI), brakes 3.1.0 (npm), Python 3.11, Node
# 20: a breaker whose time is up, and 20 calls that arrive within a moment while the service still takes 0.3 s to fail.
#
# Expected  one call is the trial, the other 19 are rejected: circuitbreaker's README
#           (https://pypi.org/project/circuitbreaker/) says that half-open allows one test-execution, aiobreaker's
#           docstring that the next call is allowed; levee 1.5.1 and opossum 10.0.0 do so.
# Seen      all 20 reach the service, in each of the four: nothing notes that a trial is under way, and only once the first
#           one has failed can the breaker be open again.
# Matters   whoever counts on a breaker for the moment in which a service comes back has none: every caller of that time-out
#           is let through at once, and a service that answers slowly, as one does that is down, lets the most of them in.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet circuitbreaker==2.1.3 aiobreaker==1.2.0 purgatory-circuitbreaker==0.7.2 setuptools==80.10.2 typing-extensions==4.16.0 2>/dev/null
npm init -y >/dev/null && npm install --silent --no-audit --no-fund brakes@3.1.0 levee@1.5.1
cat >run.py <<'EOF'
import asyncio, datetime, sys, threading, time, warnings

warnings.simplefilter("ignore")
import aiobreaker, circuitbreaker, purgatory

def threads():
    reached = []
    @circuitbreaker.CircuitBreaker(failure_threshold=3, recovery_timeout=1)
    def ask():
        reached.append(1)
        time.sleep(0.3)
        raise RuntimeError
    def call():
        try:
            ask()
        except Exception:
            pass
    for _ in range(3):
        call()
    time.sleep(1.2)
    reached.clear()
    crowd = [threading.Thread(target=call) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return len(reached)

async def tasks(wrapped):
    reached = []
    async def ask():
        reached.append(1)
        await asyncio.sleep(0.3)
        raise RuntimeError
    call = wrapped(ask)
    for _ in range(3):
        await asyncio.gather(call(), return_exceptions=True)
    await asyncio.sleep(1.2)
    reached.clear()
    await asyncio.gather(*(call() for _ in range(20)), return_exceptions=True)
    return len(reached)

one = aiobreaker.CircuitBreaker(fail_max=3, timeout_duration=datetime.timedelta(seconds=1))
other = purgatory.AsyncCircuitBreakerFactory(default_threshold=3, default_ttl=1)
seen = {"circuitbreaker": threads(), "aiobreaker": asyncio.run(tasks(lambda ask: lambda: one.call_async(ask))),
        "purgatory": asyncio.run(tasks(lambda ask: other("x")(ask)))}
print("of 20 calls reached the service:", seen)
sys.exit(0 if set(seen.values()) == {20} else 1)
EOF
cat >run.cjs <<'EOF'
const Brakes = require('brakes'), levee = require('levee');
const sleep = ms => new Promise(done => setTimeout(done, ms));
let reached = 0;
const ask = async () => { reached++; await sleep(300); throw new Error('down'); };
const one = new Brakes(ask, { statInterval: 100, threshold: 0.5, circuitDuration: 500, waitThreshold: 3, timeout: 5000 });
const other = levee.createBreaker((_, done) => ask().catch(done), { maxFailures: 3, resetTimeout: 500, timeout: 5000 });
const calls = { brakes: () => one.exec().catch(() => {}), levee: () => new Promise(done => other.run(1, done)) };
(async () => {
  const seen = {};
  for (const [name, call] of Object.entries(calls)) {
    for (let i = 0; i < 10; i++) await call();
    await sleep(900); reached = 0;
    await Promise.all(Array.from({ length: 20 }, call));
    seen[name] = reached;
  }
  console.log('of 20 calls reached the service:', seen);
  process.exit(seen.brakes === 20 && seen.levee === 1 ? 0 : 1);
})();
EOF
own/bin/python run.py && node run.cjs
