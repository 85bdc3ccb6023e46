#!/bin/sh
# opossum 9.0.0, bottleneck 2.19.5 and p-queue 9.3.5 (npm), Node 20: at most 2 at a time, a time-out of 0.1 s, and
# work that takes 1 s.
#
# Expected  never more than 2 at a time: opossum's README names `capacity` the number of concurrent requests allowed,
#           the others say the same of `maxConcurrent` and `concurrency`.
# Seen      18 to 20 at a time. What timed out is no longer counted, and goes on: the place is given to the next one.
# Matters   the limit holds while all is well and ends with the first slow answer. A service that became slow meets
#           work time / time-out as many requests as were allowed (10 times here); a `concurrency` in the world that is
#           taken from these settings holds only where the work itself ends at the time-out.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund opossum@9.0.0 bottleneck@2.19.5 p-queue@9.3.5
cat >run.mjs <<'EOF'
import Bottleneck from 'bottleneck';
import CircuitBreaker from 'opossum';
import PQueue from 'p-queue';
const sleep = ms => new Promise(done => setTimeout(done, ms));
let running = 0, most = 0;
const work = async () => { most = Math.max(most, ++running); await sleep(1000); running--; };
async function highest(name, calls) {
  most = 0;
  await Promise.allSettled(await calls());
  await sleep(1200);
  return [name, most];
}
const many = call => Array.from({ length: 20 }, call);
const breaker = new CircuitBreaker(work, { capacity: 2, timeout: 100, volumeThreshold: 1000 });
const limiter = new Bottleneck({ maxConcurrent: 2 });
const queue = new PQueue({ concurrency: 2, timeout: 100 });
const seen = [
  await highest('opossum', async () => { for (let i = 0; i < 10; i++) { breaker.fire().catch(() => {}); breaker.fire().catch(() => {}); await sleep(110); } return []; }),
  await highest('bottleneck', () => many(() => limiter.schedule({ expiration: 100 }, work))),
  await highest('p-queue', () => many(() => queue.add(work))),
];
console.log('2 at a time allowed, at work at once:', seen.map(pair => pair.join(' ')).join(', '));
process.exit(seen.every(([, count]) => count >= 10) ? 0 : 1);
EOF
node run.mjs
