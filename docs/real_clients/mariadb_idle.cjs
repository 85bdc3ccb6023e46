// mariadb's pool as it comes, of one connection: nothing is ever asked of it.
const mariadb = require("mariadb");
mariadb.createPool({ host: process.argv[2], port: Number(process.argv[3]), user: "u", connectionLimit: 1 });
