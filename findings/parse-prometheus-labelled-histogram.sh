#!/bin/sh
# parse-prometheus-text-format 1.1.1 (npm), Node 20: a histogram and a summary with a label, two values of it each.
#
# Expected  two entries each, with their labels, buckets or quantiles, sum and count: the README promises these members, and
#           its example has a summary with labels (one without quantiles).
# Seen      one entry each: the buckets and quantiles of the last value alone, without labels, sum or count. A histogram
#           without labels is read as the README shows.
# Matters   latencies per zone or upstream, the usual form, are taken for those of one histogram that is the whole: what is
#           shown is the zone that happens to be written last, and a page or an alert made from it is calm while another burns.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund parse-prometheus-text-format@1.1.1
cat >run.mjs <<'EOF'
import parse from 'parse-prometheus-text-format';
const histogram = (labels, quick, all) => `lat_bucket{${labels}le="1"} ${quick}
lat_bucket{${labels}le="+Inf"} ${all}
lat_sum{${labels}} 40
lat_count{${labels}} ${all}
`.replaceAll('{}', '');
const summary = (labels, half) => `wait{${labels},quantile="0.5"} ${half}
wait_sum{${labels}} 40
wait_count{${labels}} 20
`;
const read = text => JSON.stringify(parse(text)[0].metrics);
const seen = [
  read('# TYPE lat histogram\n' + histogram('zone="a",', 1, 20) + histogram('zone="b",', 9, 10)),
  read('# TYPE wait summary\n' + summary('zone="a"', 5) + summary('zone="b"', 0.1)),
  read('# TYPE lat histogram\n' + histogram('', 1, 20)),
];
console.log(`zones a and b, histogram: ${seen[0]}\nzones a and b, summary:   ${seen[1]}\nwithout labels:           ${seen[2]}`);
const expected = ['[{"buckets":{"1":"9","+Inf":"10"}}]', '[{"quantiles":{"0.5":"0.1"}}]', '[{"buckets":{"1":"1","+Inf":"20"},"count":"20","sum":"40"}]'];
process.exit(seen.join() === expected.join() ? 0 : 1);
EOF
node run.mjs
