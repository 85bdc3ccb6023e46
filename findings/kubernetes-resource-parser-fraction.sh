#!/bin/sh
# kubernetes-resource-parser 0.1.0 (npm), Node 20: the quantities that Kubernetes' documentation names as examples.
#
# Expected  128974848 = 129e6 = 129M, roughly, and 1.5Gi = 1610612736, as
#           https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory has them, and
#           as the Python client (kubernetes 37.0.1) reads them.
# Seen      129e6 is 129 bytes and 1.5Gi is 1 byte, without an error: the number ends at the first character that is no
#           digit, and the unit is lost with the rest. 500u of a processor are 500 of them.
# Matters   requests and limits that are read with it, to see how many pods fit on a node, say that everything fits.
#           Whoever sizes a step by it makes one that no cluster has room for.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund kubernetes-resource-parser@0.1.0
cat >run.cjs <<'EOF'
const { cpuParser, memoryParser } = require('kubernetes-resource-parser');
const memory = Object.fromEntries(['128974848', '129M', '123Mi', '129e6', '1.5Gi'].map(text => [text, memoryParser(text)]));
const cpu = Object.fromEntries(['0.5', '100m', '500u'].map(text => [text, cpuParser(text)]));
console.log(memory, cpu);
process.exit(memory['129M'] === 129e6 && memory['129e6'] === 129 && memory['1.5Gi'] === 1 && cpu['500u'] === 500 ? 0 : 1);
EOF
node run.cjs
