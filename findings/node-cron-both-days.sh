#!/bin/sh
# node-cron 4.6.0 (npm), Node 20: `0 0 13 * 5`, the next time after now.
#
# Expected  the next 13th or the next Friday, whichever comes first: cron's rule where both days are named (crontab(5)),
#           and what cron 4.4.0, croner 11.0.1 and cron-parser 5.10.6 do.
# Seen      the next Friday that is a 13th, up to 14 months away. The page on its syntax
#           (https://nodecron.com/cron-syntax) names both fields and not how they go together.
# Matters   a maintenance, a backup or a restart that comes each week on one system comes once or twice a year on another
#           with the same line. Load that a world expects every Friday is not there, and the one on a 13th is not expected.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund node-cron@4.6.0 croner@11.0.1 cron-parser@5.10.6
cat >run.mjs <<'EOF'
import { Cron } from 'croner';
import { CronExpressionParser } from 'cron-parser';
import cron from 'node-cron';
const line = '0 0 13 * 5', zone = 'UTC';
const task = cron.createTask(line, () => {}, { timezone: zone });
task.start();
const next = task.getNextRun();
task.stop();
const others = [new Cron(line, { timezone: zone }).nextRun(), CronExpressionParser.parse(line, { tz: zone }).next().toDate()];
const days = at => Math.round((at - Date.now()) / 86_400_000);
console.log(`node-cron: ${next.toISOString()}; croner and cron-parser: ${others.map(at => at.toISOString()).join(', ')}`);
const both = next.getUTCDay() === 5 && next.getUTCDate() === 13;
process.exit(both && others.every(at => days(at) <= 7) ? 0 : 1);
EOF
node run.mjs
