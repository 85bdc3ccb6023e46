// Each instance of web towards orders (world shop_backend).
// new Pool({...require("./web_to_orders.pg-pool.cjs"), connectionString})
module.exports = {
  // services.web.calls.0.pool.most = 20: 12 instances open 240 connections at most; orders accepts 500
  max: 20,
  // services.web.calls.0.pool.least = 2: as asked
  min: 2,
  // services.web.calls.0.pool.wait = 2.5s: as asked
  connectionTimeoutMillis: 2500,
  // services.web.calls.0.pool.idle_timeout = 60s: as asked
  idleTimeoutMillis: 60000,
  // services.web.calls.0.pool.opened = lazy: those of all instances that start together are not opened at once
};
