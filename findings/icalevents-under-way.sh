#!/bin/sh
# icalevents 0.3.1 with icalendar 7.3.2 (PyPI), Python 3.11: events(start=…, end=…) while maintenance is under way that began
# before the start, once written by itself and once as a weekly rule.
#
# Expected  both are given, as both are going on in the time that is asked for.
# Seen      the single one is given; the recurring one is not, though it goes on for another hour: of a rule only what begins
#           within the time is found.
# Matters   "is there maintenance now?" is answered with no during all of it but its first minute, where it is a weekly
#           window. Alerts that were to be held back are sent, and changes that were to wait are let through.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet icalevents==0.3.1 icalendar==7.3.2 python-dateutil==2.9.0.post0 pytz==2026.6 2>/dev/null
cat >run.py <<'EOF'
import datetime, sys
from icalevents.icalevents import events

def found(first, rule, hour, minute):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//status.example//x", "BEGIN:VEVENT", "UID:1@status.example",
             "DTSTAMP:20260301T000000Z", "SUMMARY:Maintenance", f"DTSTART:{first}T000000Z", f"DTEND:{first}T020000Z",
             *rule, "END:VEVENT", "END:VCALENDAR", ""]
    start = datetime.datetime(2026, 3, 18, hour, minute, tzinfo=datetime.timezone.utc)
    return len(events(string_content="\r\n".join(lines).encode(), start=start, end=start + datetime.timedelta(minutes=5)))

weekly = ["RRULE:FREQ=WEEKLY;COUNT=5"]
begins = found("20260318", [], 0, 0), found("20260304", weekly, 0, 0)
goes_on = found("20260318", [], 1, 0), found("20260304", weekly, 1, 0)
print(f"asked as it begins: alone {begins[0]}, weekly {begins[1]}; an hour later: alone {goes_on[0]}, weekly {goes_on[1]}")
sys.exit(0 if begins == (1, 1) and goes_on == (1, 0) else 1)
EOF
own/bin/python run.py
