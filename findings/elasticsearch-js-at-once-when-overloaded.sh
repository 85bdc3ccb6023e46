#!/bin/sh
# @elastic/elasticsearch 9.4.3 with @elastic/transport 9.4.0 (npm), Node 20: info() while the one node closes every
# connection, and while it answers 503.
#
# Expected  the same three retries (maxRetries) in both: retryBackoff is an option of the client, a function that says how
#           long to wait before a request is sent again, by itself exponential with jitter.
# Seen      back-off only where nothing was answered: waits of 1 to 4 s where the connection is closed, none at all where the
#           node says 503, four requests within milliseconds. The function is not asked then.
# Matters   a 503 is what a node or the proxy before it says that has too much to do, and just then each request counts four.
#           In a world it is two behaviours: `closed` backs off, `status` does not.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @elastic/elasticsearch@9.4.3 @elastic/transport@9.4.0
cat >run.cjs <<'EOF'
const net = require('net'), { Client } = require('@elastic/elasticsearch');
const times = async answer => {
  const seen = [];
  const server = net.createServer(it => {
    it.on('error', () => {});
    if (!answer) { seen.push(Date.now()); it.destroy(); return; }
    it.on('data', () => { seen.push(Date.now()); it.write(answer); });
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  await new Client({ node: `http://127.0.0.1:${server.address().port}` }).info().catch(() => {});
  return seen.map(at => (at - seen[0]) / 1000);
};
(async () => {
  const closed = await times(), overloaded = await times('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
  console.log(`closed: requests at ${closed} s; 503: at ${overloaded} s`);
  process.exit(closed.length === 4 && closed[1] > 0.8 && closed[3] > 3 && overloaded.length === 4 && overloaded[3] < 0.7 ? 0 : 1);
})();
EOF
node run.cjs
