#!/bin/sh
# node-zookeeper-client 1.1.3 (npm), Node 20: connect() with its settings as they come, one server that closes every
# connection at once.
#
# Expected  a connection a second: spinDelay is 1000 and, by the README, the delay in milliseconds between each connection
#           attempts.
# Seen      some 3.7 a second, for ever, nearly all in pairs at the same instant. The wait is drawn anew between 0 and
#           spinDelay, half of it in the mean; and the first attempt after each wait is followed at once by another
#           to the same server, as if it were the next one of the list.
# Matters   an ensemble that comes back, or the balancer before it, meets nearly four times the connections that the setting
#           says, from every client, without growth.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund node-zookeeper-client@1.1.3
cat >run.cjs <<'EOF'
const net = require('net'), zookeeper = require('node-zookeeper-client');
const times = [];
const server = net.createServer(it => { times.push(Date.now()); it.destroy(); }).listen(0, '127.0.0.1', () => {
  zookeeper.createClient(`127.0.0.1:${server.address().port}`).connect();
  setTimeout(() => {
    const pairs = times.filter((at, i) => i && at - times[i - 1] < 60).length;
    console.log(`${times.length} connections in 15 s, ${pairs} of them within 60 ms of the one before`);
    process.exit(times.length > 30 && pairs * 3 > times.length ? 0 : 1);
  }, 15000);
});
EOF
node run.cjs
