// axios-retry as it comes: one GET.
const axios = require("axios");
const { default: axiosRetry } = require("axios-retry");
axiosRetry(axios);
axios.get(process.argv[2]).then(() => process.exit(0), () => process.exit(1));
