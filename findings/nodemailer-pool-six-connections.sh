#!/bin/sh
# nodemailer 10.6.1 (npm), Node 20: a pool with maxConnections 2 and ten mails, while the mail server closes every
# connection at once.
#
# Expected  ten connections and ten errors: the page on pools (https://nodemailer.com/smtp/pooled) tells of no retry, and
#           without a pool each mail makes one connection.
# Seen      60 connections in 12 s: a connection that is closed puts its mail back, five times, after some 0.2, 0.25,
#           0.35, 0.55 and 1 s, without jitter. The errors come only then, and mails that wait behind come later still.
# Matters   notices are sent when many go wrong together. A mail server that sheds connections meets six times as many
#           from every sender with a pool, two by two in step; its retry is none of the application's, which adds its own.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund nodemailer@10.6.1
cat >run.mjs <<'EOF'
import net from 'node:net';
import nodemailer from 'nodemailer';
async function sent(options) {
  const times = [];
  const server = net.createServer(connection => { times.push(Date.now()); connection.on('error', () => {}); connection.destroy(); });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: server.address().port, ...options });
  const mail = { from: 'a@status.example', to: 'b@status.example', subject: 's', text: 't' };
  const ends = await Promise.allSettled(Array.from({ length: 10 }, () => transport.sendMail(mail)));
  return [times.length, Math.round((times.at(-1) - times[0]) / 1000), ends.filter(end => end.status === 'rejected').length];
}
const pool = await sent({ pool: true, maxConnections: 2 }), single = await sent({});
console.log(`pool: ${pool[0]} connections in ${pool[1]} s, ${pool[2]} of 10 failed; without: ${single[0]}, ${single[2]} failed`);
process.exit(pool[0] === 60 && pool[1] >= 5 && single[0] === 10 ? 0 : 1);
EOF
node run.mjs
