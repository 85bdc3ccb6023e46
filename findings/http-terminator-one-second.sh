#!/bin/sh
# http-terminator 3.2.0 and, for comparison, stoppable 1.1.0 and http-graceful-shutdown 4.0.0 (npm), Node 20: a server is
# ended as they come while a request is under way that takes 1.5 s.
#
# Expected  the answer is given: gracefulTerminationTimeout, the time that busy connections are given, is 5000 ms by default in
#           the README (https://www.npmjs.com/package/http-terminator).
# Seen      the connection is cut after 1.0 s and the client gets nothing; the default in the code is 1000 ms. The other two
#           give the answer. While it waits, new connections are still accepted, and closed at once.
# Matters   in a rolling update each instance cuts what takes longer than a second, where five were read: its clients fail and
#           come back at once, in step with the update. A world's drain time is to be written from what is measured.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund http-terminator@3.2.0 stoppable@1.1.0 http-graceful-shutdown@4.0.0
cat >run.cjs <<'EOF'
const http = require('http'), net = require('net');
const sleep = ms => new Promise(done => setTimeout(done, ms));
const ends = {
  'http-terminator': server => { const it = require('http-terminator').createHttpTerminator({ server }); return () => it.terminate(); },
  stoppable: server => { const it = require('stoppable')(server, 5000); return () => it.stop(); },
  'http-graceful-shutdown': server => require('http-graceful-shutdown')(server, { timeout: 5000, forceExit: false }),
};
(async () => {
  const seen = {};
  for (const [name, make] of Object.entries(ends)) {
    const server = http.createServer((_, answer) => setTimeout(() => answer.end('done'), 1500));
    const end = make(server);
    await new Promise(done => server.listen(0, '127.0.0.1', done));
    let got = '', closed;
    const client = net.connect(server.address().port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    client.on('data', data => { got += data; });
    client.on('error', () => {});
    client.on('close', () => { closed = Date.now(); });
    await sleep(200);
    const began = Date.now();
    end();
    for (let i = 0; i < 60 && !closed; i++) await sleep(50);
    seen[name] = [got.includes('200 OK') ? 'answered' : 'cut', ((closed ?? began) - began) / 1000];
  }
  console.log(seen);
  const cut = seen['http-terminator'];
  process.exit(cut[0] === 'cut' && cut[1] > 0.7 && cut[1] < 1.3 && seen.stoppable[0] === 'answered' && seen['http-graceful-shutdown'][0] === 'answered' ? 0 : 1);
})();
EOF
node run.cjs
