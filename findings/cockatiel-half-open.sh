#!/bin/sh
# cockatiel 3.2.1 (npm), Node 20: a half-open circuit breaker and 50 calls that arrive together.
#
# Expected  one call is the trial, the other 49 are rejected at once, as opossum 9.0.0 does.
# Seen      the other 49 wait for the trial. Where it succeeds, all 49 reach the service at the same instant; where it
#           fails, all 49 are rejected then. No option bounds it.
# Matters   a breaker in the world is read as letting trial calls through one by one. Behind this one a service that
#           just came back meets everybody who asked while the trial was under way, within a millisecond.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund cockatiel@3.2.1
cat >run.mjs <<'EOF'
import { circuitBreaker, handleAll, ConsecutiveBreaker } from 'cockatiel';
const sleep = ms => new Promise(done => setTimeout(done, ms));
let fails = true, reached = [];
const breaker = circuitBreaker(handleAll, { halfOpenAfter: 500, breaker: new ConsecutiveBreaker(2) });
const call = () => breaker.execute(async () => { reached.push(Date.now()); await sleep(300); if (fails) throw new Error('down'); });
for (let i = 0; i < 2; i++) await call().catch(() => {});
await sleep(800);
fails = false; reached = [];
const ends = await Promise.allSettled(Array.from({ length: 50 }, call));
const after = reached.filter(at => at > reached[0] + 250);
const spread = Math.max(...after) - Math.min(...after);
console.log(`reached the service: ${reached.length}, after the trial: ${after.length} within ${spread} ms, rejected: ${ends.filter(end => end.status === 'rejected').length}`);
process.exit(reached.length === 50 && after.length === 49 && spread < 100 ? 0 : 1);
EOF
node run.mjs
