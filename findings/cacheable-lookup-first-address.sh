#!/bin/sh
# cacheable-lookup 7.0.0 and, for comparison, lookup-dns-cache 2.1.0 (npm), Node 20: twenty look-ups of a name with two addresses,
# from a name server that gives them with a TTL of 60 s.
#
# Expected  both addresses in turn or at random, ten each or so: a cache in front of a resolver takes away the turns that a name
#           server makes, and gives its own.
# Seen      lookup-dns-cache: ten each. cacheable-lookup: the first address twenty times, for the whole of the TTL, and with it got's
#           dnsCache. Its README says nothing of the order.
# Matters   a service behind two addresses gets all of a client's connections on one for as long as the TTL: after an answer
#           changes, all processes that asked within the same moment go to the same one, and capacity halves.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund cacheable-lookup@7.0.0 lookup-dns-cache@2.1.0
cat >run.cjs <<'EOF'
const dgram = require('dgram'), dns = require('dns');
let asked = 0;
const server = dgram.createSocket('udp4').on('message', (query, from) => {
  let end = 12;
  while (query[end]) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1), answers = type === 1 ? [1, 2] : [], head = Buffer.from(query.subarray(0, 12));
  asked++;
  head[2] = 0x81; head[3] = 0x80;
  [1, answers.length, 0, 0].forEach((number, i) => head.writeUInt16BE(number, 4 + 2 * i));
  const records = answers.map(last => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, last]));
  server.send(Buffer.concat([head, query.subarray(12, end + 5), ...records]), from.port);
});
server.bind(0, '127.0.0.1', async () => {
  const address = `127.0.0.1:${server.address().port}`, resolver = new dns.promises.Resolver();
  dns.setServers([address]); resolver.setServers([address]);
  const { default: CacheableLookup } = await import('cacheable-lookup');
  const one = new CacheableLookup({ resolver, lookup: false }), { lookup } = require('lookup-dns-cache');
  const ways = { 'cacheable-lookup': async () => (await one.lookupAsync('db.example', { family: 4 })).address,
    'lookup-dns-cache': () => new Promise((done, fail) => lookup('db.example', { family: 4 }, (error, it) => error ? fail(error) : done(it))) };
  const seen = {};
  for (const [name, way] of Object.entries(ways)) {
    seen[name] = { '10.0.0.1': 0, '10.0.0.2': 0 };
    for (let i = 0; i < 20; i++) seen[name][await way()]++;
  }
  console.log(seen, `queries: ${asked}`);
  process.exit(seen['cacheable-lookup']['10.0.0.1'] === 20 && seen['lookup-dns-cache']['10.0.0.2'] === 10 ? 0 : 1);
});
EOF
node run.cjs
