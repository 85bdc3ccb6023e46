#!/bin/sh
# calcurse 4.7.1 (Debian 12), its clock in UTC: maintenance each Tuesday, RRULE:FREQ=WEEKLY;COUNT=5, imported with and without an
# EXDATE for the second week.
#
# Expected  five dates to 31 March, and four with the EXDATE: RFC 5545, section 3.8.5.1, takes the excluded date out of what the
#           rule makes.
# Seen      five without it; with it five again, the last on 7 April: what is excluded is not counted, and the series becomes a
#           week longer.
# Matters   a window that was called off once comes back at the end, on a day that nobody announced: its alerts are held back and
#           its changes let through while no work is done.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
apt-get download -q calcurse=4.7.1-1 >/dev/null 2>&1
dpkg -x ./*.deb .
dates() {
    { printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//status.example//x\r\nBEGIN:VEVENT\r\nUID:1@status.example\r\n'
      printf 'DTSTAMP:20260301T000000Z\r\nSUMMARY:Maintenance\r\nDTSTART:20260303T200000Z\r\nDURATION:PT2H\r\n'
      printf 'RRULE:FREQ=WEEKLY;COUNT=5\r\n%bEND:VEVENT\r\nEND:VCALENDAR\r\n' "$1"; } >window.ics
    rm -rf kept && mkdir kept
    TZ=UTC LC_ALL=C.UTF-8 usr/bin/calcurse -D kept -q -i window.ics >/dev/null
    TZ=UTC LC_ALL=C.UTF-8 usr/bin/calcurse -D kept -Q --from 03/01/2026 --to 06/01/2026 | grep -o '^[0-9]*/[0-9]*' | tr '\n' ' '
}
whole=$(dates '') called_off=$(dates 'EXDATE:20260310T200000Z\r\n')
echo "without EXDATE: $whole; with EXDATE:20260310: $called_off"
[ "$whole" = "03/03 03/10 03/17 03/24 03/31 " ] && [ "$called_off" = "03/03 03/17 03/24 03/31 04/07 " ]
