// pg as it comes: one client, one query.
const { Client } = require("pg");
const client = new Client({ host: process.argv[2], port: Number(process.argv[3]), user: "u", database: "d" });
client.connect().then(() => client.query("select 1")).then(() => process.exit(0), () => process.exit(1));
