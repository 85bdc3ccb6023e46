#!/bin/sh
# undici 7.30.2 (npm), Node 20: a BalancedPool of two upstreams, one that answers and one that closes after each request, and,
# for comparison, one that refuses.
#
# Expected  a share that falls to a few in a hundred for the one that fails: the pool keeps a weight for each upstream and takes
#           a penalty off for an error.
# Seen      refused: as expected. Closed: the upstream gets about half of 300 requests to the end, and all of those fail: a
#           connection that is made gives the penalty back that its end took, so that the weight never falls.
# Matters   an instance that accepts and then closes, as one does that is starting, stopping or out of something, takes half of
#           the requests with it for as long as it lasts. A world must not count on such a client to leave it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund undici@7.30.2
cat >run.mjs <<'EOF'
import http from 'node:http';
import net from 'node:net';
import { BalancedPool } from 'undici';
const listen = server => new Promise(done => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));
async function failed(bad) {
  const good = await listen(http.createServer((_, answer) => answer.end('x')));
  const pool = new BalancedPool([bad, good]);
  let fails = 0;
  for (let i = 0; i < 300; i++) {
    try { await (await pool.request({ path: '/', method: 'GET' })).body.text(); } catch { fails++; }
  }
  return fails;
}
const closing = await listen(net.createServer(it => { it.on('error', () => {}); it.on('data', () => it.destroy()); }));
const gone = net.createServer(), refusing = await listen(gone);
await new Promise(done => gone.close(done));
const seen = { refused: await failed(refusing), closed: await failed(closing) };
console.log('failed of 300:', seen);
process.exit(seen.closed > 100 && seen.refused < 40 ? 0 : 1);
EOF
node run.mjs
