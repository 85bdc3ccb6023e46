// mysql2 as it comes: one connection, one query.
const mysql = require("mysql2");
const connection = mysql.createConnection({ host: process.argv[2], port: Number(process.argv[3]), user: "u" });
connection.query("select 1", (error) => process.exit(error ? 1 : 0));
