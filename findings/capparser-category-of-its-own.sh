#!/bin/sh
# capparser 2.0.4 (PyPI), Python 3.11: a valid CAP 1.2 alert whose <info> has the categories Infra and CBRNE.
#
# Expected  these two. With one category it gives that one.
# Seen      three: `Other`, which the alert does not say, stands before them, and as another kind of value (a member of
#           an enumeration beside two texts).
# Matters   warnings are sorted by category. Whoever routes `Other` to the general list, or compares what came with what
#           was sent, acts on a category that no sender wrote; written back, the alert is another one.
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
    return subprocess.run([sys.executable, "-c", READ, alert], capture_output=True, text=True).stdout.strip()
one, two = categories("Infra"), categories("Infra", "CBRNE")
print(f"one category: {one}; two: {two}")
sys.exit(0 if one == "Infra" and two.count("Other") == 1 and "Infra" in two and "CBRNE" in two else 1)
EOF
own/bin/python run.py
