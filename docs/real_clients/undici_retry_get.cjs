// undici's RetryAgent as it comes: one GET.
const { Agent, RetryAgent, request } = require("undici");
request(process.argv[2], { dispatcher: new RetryAgent(new Agent()) }).then(() => process.exit(0), () => process.exit(1));
