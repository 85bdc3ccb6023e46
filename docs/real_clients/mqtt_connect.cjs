// mqtt.js as it comes: one client.
const mqtt = require("mqtt");
mqtt.connect(`mqtt://${process.argv[2]}:${process.argv[3]}`).on("error", () => {});
