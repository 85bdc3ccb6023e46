#!/bin/sh
# capparser 2.0.4 (PyPI), Python 3.11: a valid CAP 1.2 alert whose <info> has the categories Infra and CBRNE, and an area.
#
# Expected  an alert with these two: CAP 1.2 allows any number of categories, and the README that it is read.
# Seen      an exception that says that a category has to be a member of its enumeration. With one category the same
#           alert is read, and its category is given as plain text.
# Matters   an outage that also touches health or transport names both. A receiver that passed every test with one
#           category loses just the warnings of the largest events, and its sender is told nothing.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet capparser==2.0.4 2>/dev/null
cat >run.py <<'EOF'
import subprocess, sys

READ = "import sys, capparser; print(capparser.parse(stringXML=sys.argv[1]).info[0][0].category[0])"
def categories(*names):
    alert = ('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a-1</identifier><sender>ops@status.example</sender>'
             "<sent>2026-03-01T08:00:00+01:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
             + "".join(f"<category>{name}</category>" for name in names)
             + "<event>Outage</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>"
               "<area><areaDesc>North</areaDesc></area></info></alert>")
    done = subprocess.run([sys.executable, "-c", READ, alert], capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().split("\n")[-1]
one, two = categories("Infra"), categories("Infra", "CBRNE")
print(f"one category: {one}; two: {two}")
sys.exit(0 if one == "Infra" and two.startswith("Exception: Category must be") else 1)
EOF
own/bin/python run.py
