#!/bin/sh
# koa-ratelimit 6.0.0 with koa 3.3.0 (npm), flask-limiter 4.1.1 with limits 5.8.0 and Flask 3.1.3 (PyPI), Node 20, Python 3.11:
# two requests in three seconds (a moving window in Flask) are allowed; a third comes 0.6 s after the first, and once more when
# Retry-After is over.
#
# Expected  it is refused once: Retry-After is how long a client ought to wait (RFC 9110, section 10.2.3), and 2.4 s are left, so
#           that it is 3. express-rate-limit 8.7.5 does so.
# Seen      koa-ratelimit says 2, and refuses it a second time; so does flask-limiter in three of five, depending on where in a
#           second it began: what is left is rounded down.
# Matters   clients that do just as they are told are the ones that are turned away again: a limiter that was set to keep load
#           off has up to twice the requests to refuse, and a client with two attempts gives up although it was polite.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet flask-limiter==4.1.1 limits==5.8.0 flask==3.1.3 2>/dev/null
npm init -y >/dev/null && npm install --silent --no-audit --no-fund koa@3.3.0 koa-ratelimit@6.0.0 express@4.22.3 express-rate-limit@8.7.5
cat >run.py <<'EOF'
import sys, threading, time, urllib.error, urllib.request
from flask import Flask
from flask_limiter import Limiter
from werkzeug.serving import WSGIRequestHandler, make_server

class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass

def ask(port):
    try:
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/")
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers.get("Retry-After")

def told(strategy):
    app = Flask(strategy)
    Limiter(lambda: "one", app=app, default_limits=["2 per 3 second"], headers_enabled=True, storage_uri="memory://", strategy=strategy)
    app.route("/")(lambda: "done")
    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(2):
        ask(server.port)
        time.sleep(0.3)
    status, wait = ask(server.port)
    time.sleep(int(wait))
    return status, int(wait), ask(server.port)[0]

def at(phase, into):
    time.sleep(phase - time.time() % 1 + 1)
    into.append(told("moving-window"))

seen = []
crowd = [threading.Thread(target=at, args=(phase / 5, seen)) for phase in range(5)]
for one in crowd:
    one.start()
for one in crowd:
    one.join()
print("flask-limiter, begun at each fifth of a second (status, Retry-After, status after it):", sorted(seen))
early = [it for it in seen if it[2] == 429]
sys.exit(0 if len(seen) == 5 and early and all(it[:2] == (429, 2) for it in early) else 1)
EOF
cat >run.mjs <<'EOF'
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import Koa from 'koa';
import limit from 'koa-ratelimit';
const sleep = ms => new Promise(done => setTimeout(done, ms));
async function told(name, app) {
  const server = app.listen(0, '127.0.0.1');
  await new Promise(done => server.on('listening', done));
  const ask = () => fetch(`http://127.0.0.1:${server.address().port}/`);
  for (let i = 0; i < 2; i++) { await ask(); await sleep(300); }
  const first = await ask(), wait = Number(first.headers.get('retry-after'));
  await sleep(1000 * wait);
  const seen = [first.status, wait, (await ask()).status];
  console.log(`${name}: ${seen[0]}, Retry-After ${seen[1]}, then ${seen[2]}`);
  return seen.join();
}
const koa = new Koa().use(limit({ driver: 'memory', db: new Map(), duration: 3000, max: 2, id: () => 'one' })).use(context => { context.body = 'done'; });
const other = express().use(rateLimit({ windowMs: 3000, limit: 2 })).get('/', (_, answer) => answer.send('done'));
const seen = [await told('koa-ratelimit', koa), await told('express-rate-limit', other)];
process.exit(seen.join(' ') === '429,2,429 429,3,200' ? 0 : 1);
EOF
own/bin/python run.py && node run.mjs
