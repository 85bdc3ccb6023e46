#!/bin/sh
# rhea 3.0.5 (npm, AMQP 1.0), Node 20: a broker that refuses, and one that accepts and closes at once.
#
# Expected  the same for both: waits of 0.1 s, doubling up to 60 s (initial_reconnect_delay and max_reconnect_delay of
#           the README).
# Seen      0.1, 0.2, 0.4, 0.8 s … where it is refused; every 0.1 s for ever, without jitter, where it is accepted and
#           closed: the TCP handshake alone counts as success and starts the back-off anew.
# Matters   a broker behind a load balancer, or one at its limit, is never refused: it accepts and closes. Then each
#           client makes ten connections a second instead of one a minute. Situations `refused` and `closed` differ.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund rhea@3.0.5
cat >run.mjs <<'EOF'
import net from 'node:net';
import rhea from 'rhea';
const sleep = ms => new Promise(done => setTimeout(done, ms));
async function tries(closes) {
  const times = [], server = net.createServer(connection => { connection.on('error', () => {}); connection.destroy(); });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  if (!closes) await new Promise(done => server.close(done));
  const container = rhea.create_container();
  container.on('disconnected', () => times.push(Date.now()));
  container.connect({ host: '127.0.0.1', port });
  await sleep(7000);
  return times.map(at => ((at - times[0]) / 1000).toFixed(1));
}
const [refused, closed] = await Promise.all([tries(false), tries(true)]);
console.log(`refused: ${refused.join(' ')}; closed: ${closed.length} in 7 s (${closed.slice(0, 6).join(' ')} …)`);
process.exit(refused.length <= 8 && closed.length > 40 ? 0 : 1);
EOF
node run.mjs
