#!/bin/sh
# @extractus/feed-extractor 8.0.3 (npm), Node 20: a valid Atom entry with published 1 March and updated 2 March.
#
# Expected  `published` is what the feed says was published: 1 March.
# Seen      `published` is the time of the update, 2 March, and `updated` is given nowhere. rss-parser 3.13.0 says
#           1 March for the same entry.
# Matters   an outage is an entry that is updated many times. Whoever reads a status site's feed through this sees each
#           note as a new outage of today, and the time at which it began is not to be had.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund @extractus/feed-extractor@8.0.3 rss-parser@3.13.0
cat >run.mjs <<'EOF'
import { extractFromXml } from '@extractus/feed-extractor';
import Parser from 'rss-parser';
const feed = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Status</title><id>urn:example:status</id>
<updated>2026-03-02T10:00:00Z</updated><author><name>Status</name></author>
<entry><id>urn:example:1</id><title>Edge is disturbed</title><published>2026-03-01T08:00:00Z</published>
<updated>2026-03-02T10:00:00Z</updated><link rel="alternate" href="http://status.example/1"/>
<summary>It is over.</summary></entry></feed>`;
const entry = extractFromXml(feed).entries[0], other = (await new Parser().parseString(feed)).items[0];
console.log(`feed-extractor: ${JSON.stringify(entry)}; rss-parser: ${other.pubDate}`);
process.exit(entry.published.startsWith('2026-03-02') && !('updated' in entry) && other.pubDate.startsWith('2026-03-01') ? 0 : 1);
EOF
node run.mjs
