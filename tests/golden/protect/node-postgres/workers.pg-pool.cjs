// Each of the clients workers (world shop_backend).
// new Pool({...require("./workers.pg-pool.cjs"), connectionString})
module.exports = {
  // clients.workers.pool = 4: 40 clients open 160 connections; orders accepts 500
  max: 4,
};
