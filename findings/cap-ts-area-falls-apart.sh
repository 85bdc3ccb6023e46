#!/bin/sh
# @dec112/cap-ts 0.3.2 with tslib 2.8.1, which it needs and does not name (npm), Node 20: valid CAP 1.2 alerts, read with
# fromXML and written with toXML.
#
# Expected  the same alert: its README has both for CAP 1.2, in which polygon, circle and geocode are parts of an area, and all
#           three optional.
# Seen      with a polygon, a circle and a geocode they are written beside the area instead of in it, which CAP does not allow. With
#           any of the three missing toXML raises a TypeError. Only an alert without an area comes out as it was.
# Matters   whoever passes warnings on with it sends an area that is a name alone, and three elements that a receiver drops or
#           rejects: the warning of an outage in the north is one for nowhere.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @dec112/cap-ts@0.3.2 tslib@2.8.1
cat >run.cjs <<'EOF'
const { CAP_1_2 } = require('@dec112/cap-ts');
const alert = area => `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a-1</identifier><sender>ops@status.example</sender>
<sent>2026-03-01T08:00:00+01:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><category>Infra</category>
<event>Outage</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>${area}</info></alert>`;
const polygon = '<polygon>1,2 3,4 5,6 1,2</polygon>', circle = '<circle>1,2 3</circle>';
const geocode = '<geocode><valueName>NUTS3</valueName><value>DE111</value></geocode>';
const areas = { none: '', all: polygon + circle + geocode, 'polygon alone': polygon, 'circle alone': circle, 'name alone': ' ' };
(async () => {
  const seen = {};
  for (const [name, parts] of Object.entries(areas)) {
    const read = await CAP_1_2.Alert.fromXML(alert(parts && `<area><areaDesc>North</areaDesc>${parts.trim()}</area>`));
    try { seen[name] = read.toXML().replace(/\s+/g, '').match(/<certainty>Observed<\/certainty>(.*)<\/info>/)[1]; } catch (error) { seen[name] = error.name; }
  }
  console.log(seen);
  const apart = seen.all.startsWith('<area><areaDesc>North</areaDesc></area><polygon>');
  process.exit(seen.none === '' && apart && ['polygon alone', 'circle alone', 'name alone'].every(name => seen[name] === 'TypeError') ? 0 : 1);
})();
EOF
node run.cjs
