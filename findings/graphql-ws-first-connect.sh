#!/bin/sh
# graphql-ws 6.4.2 with ws 8 (npm), Node 20: a subscription while the server closes every connection at once.
#
# Expected  the documented 5 retries (retryAttempts) with 1, 2, 4, 8, 16 s and jitter.
# Seen      one connection, then the subscription ends with an error: a connection that never becomes a WebSocket ends
#           in an error event and no close event, and only close events are retried unless shouldRetry says otherwise.
#           The same client, closed after the handshake (1001), comes back.
# Matters   after a restart such clients fall into two: those that were connected return with back-off, those that
#           meet the refused moment are gone until a person reloads. One retry policy for both is wrong.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund graphql-ws@6.4.2 ws@8
cat >run.mjs <<'EOF'
import net from 'node:net';
import { WebSocketServer, WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
const sleep = ms => new Promise(done => setTimeout(done, ms));
const listening = server => new Promise(done => server.on('listening', () => done(server.address().port)));
process.on('uncaughtException', () => {});
async function connects(server) {
  let count = 0, error = 'none';
  server.on('connection', it => { count++; server instanceof net.Server ? it.destroy() : it.close(1001); });
  const port = await listening(server);
  createClient({ url: `ws://127.0.0.1:${port}`, webSocketImpl: WebSocket })
    .subscribe({ query: '{a}' }, { next() {}, error(it) { error = it.message ?? it.type ?? String(it.code); }, complete() {} });
  await sleep(15000);
  return [count, error];
}
const [never, once] = await Promise.all([
  connects(net.createServer().listen(0, '127.0.0.1')),
  connects(new WebSocketServer({ port: 0, host: '127.0.0.1' })),
]);
console.log(`closed before the handshake: ${never[0]} connection in 15 s (${never[1]}); closed after it: ${once[0]}`);
process.exit(never[0] === 1 && once[0] >= 3 ? 0 : 1);
EOF
node run.mjs
