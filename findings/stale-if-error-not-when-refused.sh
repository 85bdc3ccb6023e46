#!/bin/sh
# got 14.6.6 with cacheable-request 13.0.19, undici 7.16.0 (npm), Node 20: an answer with max-age=1 and stale-if-error=600 that is
# asked for again after two seconds, once while the origin says 503, once while nothing listens.
#
# Expected  the kept answer both times: RFC 5861 names, beside 500, a network segment that fails and a DNS failure as what the
#           directive is for (abstract and section 4). make-fetch-happen 15.0.6 gives it both times.
# Seen      it is given for the 503, and ECONNREFUSED where nothing listens.
# Matters   an origin that is overloaded says 503 for a while, then its balancer has nobody left and refuses: what was still
#           being shown goes dark at that moment, in every client at once, and a rehearsal with 503 alone had said that it would not.
#           (undici corrected this in a later major version, which needs Node 22.)
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund got@14.6.6 cacheable-request@13.0.19 undici@7.16.0 make-fetch-happen@15.0.6
cat >run.mjs <<'EOF'
import http from 'node:http';
import fetching from 'make-fetch-happen';
import got from 'got';
import { Agent, interceptors, request } from 'undici';
const sleep = ms => new Promise(done => setTimeout(done, ms));
async function asked(get) {
  let well = true;
  const server = http.createServer((_, answer) => {
    if (well) answer.setHeader('Cache-Control', 'max-age=1, stale-if-error=600').end('kept');
    else answer.writeHead(503).end('overloaded');
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${server.address().port}/`, said = () => get(url).catch(error => error.code);
  await said();
  await sleep(2200);
  well = false;
  const overloaded = await said();
  server.closeAllConnections();
  await new Promise(done => server.close(done));
  return `${overloaded}, ${await said()}`;
}
const cache = new Map(), dispatcher = new Agent().compose(interceptors.cache());
const seen = {
  got: await asked(async url => (await got(url, { cache, agent: { http: new http.Agent() }, retry: { limit: 0 }, throwHttpErrors: false })).body),
  undici: await asked(async url => (await request(url, { dispatcher })).body.text()),
  'make-fetch-happen': await asked(async url => (await fetching(url, { cachePath: 'cache', retry: 0 })).text()),
};
console.log('as 503 is said, as the origin refuses:', seen);
process.exit(seen.got === 'kept, ECONNREFUSED' && seen.undici === 'kept, ECONNREFUSED' && seen['make-fetch-happen'] === 'kept, kept' ? 0 : 1);
EOF
node run.mjs
