#!/bin/sh
# celery 5.7.0, arq 0.28.0 and cron-converter 2.0.2 (PyPI), cron-schedule 6.0.0 (npm), Python 3.11, Node 20: what is to run each half
# hour, in Berlin, on the day on which clocks go back (25 October 2026, 25 hours).
#
# Expected  50 runs, each 30 minutes after the last; cron-converter's README has a section on clock changes and asks for nothing but
#           a time zone. croniter 7.0.0, cronsim 2.8 and croner 11.0.1 do so.
# Seen      48, and 90 minutes in which nothing runs: the second time that it is two o'clock counts as the first.
# Matters   a probe, a renewal of leases or credentials, or a clean-up that runs each half hour stops for an hour and a half, in the
#           same night at all places of a time zone; what was granted for an hour ends meanwhile, and all of it at once.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet celery==5.7.0 arq==0.28.0 cron-converter==2.0.2 croniter==7.0.0 cronsim==2.8 tzdata==2025.2 2>/dev/null
npm init -y >/dev/null && npm install --silent --no-audit --no-fund cron-schedule@6.0.0 croner@11.0.1
cat >run.py <<'EOF'
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from arq.cron import next_cron
from celery import Celery
from celery.schedules import crontab
from cron_converter import Cron
from croniter import croniter
from cronsim import CronSim

BERLIN, RULE = ZoneInfo("Europe/Berlin"), "*/30 * * * *"
start, end = (datetime(2026, 10, day, tzinfo=BERLIN).astimezone(timezone.utc) for day in (25, 26))
before = (start - timedelta(minutes=1)).astimezone(BERLIN)

def every_minute():
    clock, last = before, before
    app = Celery()
    app.conf.timezone = "Europe/Berlin"
    schedule = crontab(minute="*/30", nowfun=lambda: clock, app=app)
    for minute in range(26 * 60):
        clock = (start + timedelta(minutes=minute)).astimezone(BERLIN)
        if schedule.is_due(last).is_due:
            last = clock
            yield clock

def chained():
    at = before
    while True:
        at = next_cron(at, minute={0, 30}, microsecond=0)
        yield at

def runs(times):
    seen = [start]
    for at in (it.astimezone(timezone.utc) for it in times):
        if at >= end:
            break
        seen += [at] if at > start else []
    gaps = [(later - sooner).total_seconds() / 60 for sooner, later in zip(seen, seen[1:])]
    return len(seen), max(gaps)

plan, rule = Cron(RULE).schedule(before), croniter(RULE, before)
seen = {"celery": runs(every_minute()), "arq": runs(chained()), "cron-converter": runs(plan.next() for _ in range(60)),
        "croniter": runs(rule.get_next(datetime) for _ in range(60)), "cronsim": runs(CronSim(RULE, before))}
for name, (count, gap) in seen.items():
    print(f"{name}: {count} runs, at most {gap:.0f} minutes apart")
sys.exit(0 if list(seen.values()) == 3 * [(48, 90)] + 2 * [(50, 30)] else 1)
EOF
cat >run.mjs <<'EOF'
import { parseCronExpression } from 'cron-schedule';
import { Cron } from 'croner';
const rule = '*/30 * * * *', start = Date.parse('2026-10-24T22:00Z'), end = Date.parse('2026-10-25T23:00Z'), before = new Date(start - 60e3);
function runs(name, times) {
  const within = times.map(Number).filter(at => at < end), gaps = within.slice(1).map((at, i) => (at - within[i]) / 60e3);
  console.log(`${name}: ${within.length} runs, at most ${Math.max(...gaps)} minutes apart`);
  return `${within.length} ${Math.max(...gaps)}`;
}
const seen = [runs('cron-schedule', parseCronExpression(rule).getNextDates(60, before)), runs('croner', new Cron(rule, { paused: true }).nextRuns(60, before))];
process.exit(seen.join() === '48 90,50 30' ? 0 : 1);
EOF
own/bin/python run.py && TZ=Europe/Berlin node run.mjs
