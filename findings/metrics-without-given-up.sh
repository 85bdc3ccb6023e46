#!/bin/sh
# fastify-metrics 13.2.1 with fastify 5.12.8, prometheus-api-metrics 4.0.0 and swagger-stats 0.99.7 with express 4.22.3 (npm), Node
# 20: 20 requests that take 0.5 s and whose clients hang up after 0.1 s, then one that is waited for.
#
# Expected  21 requests in the metrics, and none under way: each of them counts requests and their duration, and nothing in
#           their READMEs leaves any out. express-prom-bundle 8.0.0 has all 21, the 20 with status 499.
# Seen      the first two count 1: they note a request as its response is finished, which never comes once the client is
#           gone. swagger-stats counts 21 and has 20 in processing for ever.
# Matters   while clients time out and try again the work is done, and done again, and these graphs show that traffic fell and
#           that what is left is quick. A demand that is read from them is too low by just what the storm is made of.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
npm init -y >/dev/null && npm install --silent --no-audit --no-fund --legacy-peer-deps fastify@5.12.8 fastify-metrics@13.2.1 express@4.22.3 \
  prom-client@15.1.3 prometheus-api-metrics@4.0.0 swagger-stats@0.99.7 express-prom-bundle@8.0.0
cat >run.cjs <<'EOF'
const http = require('node:http'), express = require('express'), { register } = require('prom-client');
const sleep = ms => new Promise(done => setTimeout(done, ms));
const ask = (port, path, patience) => new Promise(done => {
  const asked = http.get({ host: '127.0.0.1', port, path, agent: false }, async answer => {
    let text = '';
    for await (const part of answer) text += part;
    done(text);
  });
  asked.on('error', () => done(''));
  if (patience) setTimeout(() => asked.destroy(), patience);
});
async function lines(port, path, pattern) {
  await Promise.all(Array.from({ length: 20 }, () => ask(port, '/work', 100)));
  await sleep(800);
  await ask(port, '/work');
  return (await ask(port, path)).split('\n').filter(line => pattern.test(line)).map(line => line.replace(/{.*status_?code="(\d+)".*}/i, ' $1'));
}
async function onExpress(middleware, path, pattern) {
  register.clear();
  const app = express();
  app.use(middleware());
  app.get('/work', async (_, answer) => { await sleep(500); answer.send('done'); });
  const server = app.listen(0, '127.0.0.1');
  await new Promise(done => server.on('listening', done));
  return lines(server.address().port, path, pattern);
}
(async () => {
  const app = require('fastify')();
  await app.register(require('fastify-metrics').default, { endpoint: '/metrics' });
  app.get('/work', async () => { await sleep(500); return 'done'; });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const count = /^http_request_duration_seconds_count.*work/;
  const seen = {
    'fastify-metrics': await lines(app.server.address().port, '/metrics', count),
    'prometheus-api-metrics': await onExpress(() => require('prometheus-api-metrics')(), '/metrics', count),
    'swagger-stats': await onExpress(() => require('swagger-stats').getMiddleware({}), '/swagger-stats/metrics', /^api_all_request(_in_processing)?_total /),
    'express-prom-bundle': await onExpress(() => require('express-prom-bundle')({ includePath: true }), '/metrics', count),
  };
  console.log(seen);
  const numbers = name => seen[name].map(line => Number(line.split(' ').pop())).sort().join();
  process.exit(numbers('fastify-metrics') === '1' && numbers('prometheus-api-metrics') === '1' && numbers('swagger-stats') === '20,21'
    && numbers('express-prom-bundle') === '1,20' ? 0 : 1);
})();
EOF
node run.cjs
