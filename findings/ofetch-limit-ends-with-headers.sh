#!/bin/sh
# ofetch 1.5.1 and ky 1.14.3 (npm), Node 20: a time-out of 0.5 s, a server that sends the headers and then nothing.
#
# Expected  an error after 0.5 s: ofetch's README says that the request is aborted after the time-out, and the
#           value is what the body says. superagent 10.4.2 and make-fetch-happen 15.0.6 do so.
# Seen      both still wait after 4 s: the time-out ends when the headers have come.
# Matters   an overloaded service often answers the first line and then stalls (a proxy in front answers for it). Its
#           clients have no time-out then: connections pile up to their pools' limit, nothing is retried, and a
#           `timeout` taken from the source code makes the world look livelier than it is.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund ofetch@1.5.1 ky@1.14.3 superagent@10.4.2 make-fetch-happen@15.0.6
cat >run.mjs <<'EOF'
import net from 'node:net';
import fetching from 'make-fetch-happen';
import { ofetch } from 'ofetch';
import ky from 'ky';
import superagent from 'superagent';
const server = net.createServer(connection => {
  connection.on('error', () => {});
  connection.on('data', () => connection.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":'));
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}/`;
const sleep = ms => new Promise(done => setTimeout(done, ms));
async function ended(asked) {
  const began = Date.now();
  const how = await Promise.race([asked.then(() => 'answered', () => 'error'), sleep(4000).then(() => 'waits')]);
  return `${how} ${((Date.now() - began) / 1000).toFixed(0)} s`;
}
const seen = {
  ofetch: await ended(ofetch(url, { timeout: 500, retry: 0 })),
  ky: await ended(ky(url, { timeout: 500, retry: 0 }).json()),
  superagent: await ended(superagent.get(url).timeout(500)),
  'make-fetch-happen': await ended(fetching(url, { timeout: 500, retry: 0 }).then(answer => answer.json())),
};
console.log(seen);
const others = seen.superagent.startsWith('error') && seen['make-fetch-happen'].startsWith('error');
process.exit(seen.ofetch === 'waits 4 s' && seen.ky === 'waits 4 s' && others ? 0 : 1);
EOF
node run.mjs
