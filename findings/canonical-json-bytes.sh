#!/bin/sh
# json-canonicalize 3.0.1 (npm), Node 20: a record with bytes in it (a Buffer), made canonical as it is and after it was written as
# JSON and read again.
#
# Expected  the same text both times: RFC 8785, section 3.2.3, sorts the members of every object, and the README calls the
#           output compatible for all data that JSON can represent. canonicalize 4.0.0 (npm) gives the same text.
# Seen      two texts: what has a method toJSON is written with its members as they come ("type" before "data").
# Matters   the hash of a record that is taken as it is written differs from the one that is taken as it is read back: a
#           chain of such records looks tampered with although nobody touched it, and only where a record has bytes in it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund json-canonicalize@3.0.1 canonicalize@4.0.0
cat >run.mjs <<'EOF'
import other from 'canonicalize';
import { canonicalize } from 'json-canonicalize';
const record = { at: '2026-03-18T00:00:00Z', packet: Buffer.from([1, 2]) }, again = JSON.parse(JSON.stringify(record));
const seen = [canonicalize(record), canonicalize(again), other(record), other(again)];
console.log(`json-canonicalize: ${seen[0]}\n   read back:      ${seen[1]}\ncanonicalize:      ${seen[2]}\n   read back:      ${seen[3]}`);
process.exit(seen[0] !== seen[1] && seen[1] === seen[2] && seen[2] === seen[3] ? 0 : 1);
EOF
node run.mjs
