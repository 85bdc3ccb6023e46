#!/bin/sh
# rss-parser 3.13.0, feedme 2.0.2, feedparser 2.6.0 and feedsmith 3.0.1 (npm), atoma 0.0.17 (PyPI), Node 20, Python 3.11: an
# Atom entry whose content is of type xhtml, with one word set in bold.
#
# Expected  "Login is not working in the north", with or without the mark-up, as RFC 4287, section 4.1.3, has it and as
#           feedparser and feedsmith give it.
# Seen      rss-parser: "Login is  working in the northnot", in content and in contentSnippet: text around an element is put
#           before all elements. feedme: "Login is  working in the north" and, as a field of its own, "not". atoma: no
#           content at all. None of them an error; the same words as type html come in order.
# Matters   status pages write their updates in prose with links and bold words. A bot that repeats them from such a feed says
#           the opposite of what was written, at the worst time; our own feeds write html.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet atoma==0.0.17 2>/dev/null
npm init -y >/dev/null && npm install --silent --no-audit --no-fund rss-parser@3.13.0 feedme@2.0.2 feedparser@2.6.0 feedsmith@3.0.1
cat >run.mjs <<'EOF'
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseFeed } from 'feedsmith';
const require = createRequire(import.meta.url);
const Parser = require('rss-parser'), FeedMe = require('feedme'), FeedParser = require('feedparser');
const words = 'Login is <b>not</b> working in the north';
const feed = content => `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Status</title>
<id>urn:x:1</id><updated>2026-03-01T08:00:00Z</updated><entry><title>Outage</title><id>urn:x:2</id>
<updated>2026-03-01T08:00:00Z</updated>${content}</entry></feed>`;
const xhtml = feed(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${words}</div></content>`);
writeFileSync('feed.xml', xhtml);
const snippet = async text => (await new Parser().parseString(text)).items[0].contentSnippet;
const me = new (FeedMe.default ?? FeedMe)(true);
me.write(xhtml); me.end();
const apart = me.done().items[0].content.div;
const whole = await new Promise(done => { const it = new FeedParser({}); it.on('readable', () => { const one = it.read(); if (one) done(one.description); }); it.end(xhtml); });
const seen = { 'rss-parser': await snippet(xhtml), 'rss-parser, html': await snippet(feed(`<content type="html">${words.replaceAll('<', '&lt;')}</content>`)),
  feedme: `${apart.text} | ${apart.b}`, feedparser: whole, feedsmith: parseFeed(xhtml).feed.entries[0].content.value };
console.log(seen);
process.exit(seen['rss-parser'] === 'Login is  working in the northnot' && seen['rss-parser, html'].includes('is not working')
  && seen.feedme === 'Login is  working in the north | not' && whole.includes(words) && seen.feedsmith.includes(words) ? 0 : 1);
EOF
cat >run.py <<'EOF'
import sys
import atoma

with open("feed.xml", "rb") as file:
    entry = atoma.parse_atom_bytes(file.read()).entries[0]
print("atoma:", entry.title.value, entry.content)
sys.exit(0 if entry.title.value == "Outage" and entry.content is None else 1)
EOF
node run.mjs && own/bin/python run.py
