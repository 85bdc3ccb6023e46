// ioredis as it comes: one client.
const { Redis } = require("ioredis");
const client = new Redis({ host: process.argv[2], port: Number(process.argv[3]), maxRetriesPerRequest: null });
client.on("error", () => {});
client.ping();
