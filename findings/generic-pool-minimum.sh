#!/bin/sh
# generic-pool 3.9.0 (npm), Node 20: a pool with min 2 whose database is away for one second.
#
# Expected  the minimum is tried again some times a second until it stands.
# Seen      each of the two is tried once and never again: no connection stands ten seconds after the database is back.
#           The first who asks waits for one to be made, and half a second later one is there, not two.
# Matters   a pool's min in the world is read as connections that come back by themselves (as pools of other makers do,
#           every 200 or 500 ms). Behind this pool a restart brings no herd, and the load after it finds it cold.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund generic-pool@3.9.0
cat >run.cjs <<'EOF'
const { createPool } = require('generic-pool');
const sleep = ms => new Promise(done => setTimeout(done, ms));
(async () => {
  let tries = 0, away = true;
  const factory = { create: async () => { tries++; if (away) throw new Error('refused'); return {}; }, destroy: async () => {} };
  const pool = createPool(factory, { min: 2, max: 4 });
  pool.on('factoryCreateError', () => {});
  await sleep(1000); away = false; await sleep(10000);
  const [triedAlone, standing] = [tries, pool.size];
  pool.release(await pool.acquire()); await sleep(500);
  console.log(`tried by itself: ${triedAlone}, standing 10 s after the return: ${standing}, after one acquire: ${pool.size}`);
  process.exit(triedAlone === 2 && standing === 0 && pool.size === 1 ? 0 : 1);
})();
EOF
node run.cjs
