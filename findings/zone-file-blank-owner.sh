#!/bin/sh
# zone-file 1.0.0 and dns-zonefile 0.3.2 (npm), Node 20: a zone with two addresses for a name, the second on a line that begins
# with a blank, a TTL after the class, and a semicolon in quotes.
#
# Expected  as RFC 1035, section 5.1, has it, with which both call themselves compliant: the blank stands for the name before,
#           TTL and class stand in either order, a semicolon in quotes begins no comment.
# Seen      zone-file makes of the second address a host of its own named IN (or 300, where the TTL stands there), takes the TTL
#           of api for none and cuts the text at the semicolon. dns-zonefile reads the blank and the semicolon, and
#           leaves api out, without an error.
# Matters   a list of endpoints read from a zone loses addresses or has hosts that do not exist; TTLs are those of the zone
#           instead of the record's, so that the time until clients follow a change is overstated.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund zone-file@1.0.0 dns-zonefile@0.3.2
cat >run.mjs <<'EOF'
import { parseZoneFile } from 'zone-file';
import other from 'dns-zonefile';
const zone = `$ORIGIN status.example.
$TTL 3600
@ IN SOA ns1.status.example. host.status.example. ( 2026010101 7200 900 1209600 300 )
@ IN NS ns1.status.example.
www IN A 192.0.2.1
    IN A 192.0.2.2
api IN 60 A 192.0.2.3
txt IN TXT "v=a; b=c"
`;
const show = read => read.a.map(it => [it.name, it.ttl ?? 'zone', it.ip].join(' ')).join(', ') + '; ' + read.txt[0].txt;
const seen = [show(parseZoneFile(zone)), show((other.default ?? other).parse(zone))];
console.log(`zone-file:    ${seen[0]}\ndns-zonefile: ${seen[1]}`);
process.exit(seen[0] === 'www zone 192.0.2.1, IN zone 192.0.2.2, api zone 192.0.2.3; v=a' && seen[1].startsWith('www zone 192.0.2.1, www zone 192.0.2.2; ') ? 0 : 1);
EOF
node run.mjs
