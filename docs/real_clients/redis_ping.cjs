// redis (Node) as it comes: one client.
const { createClient } = require("redis");
const client = createClient({ url: `redis://${process.argv[2]}:${process.argv[3]}` });
client.on("error", () => {});
client.connect();
