// got as it comes: one GET.
import(require.resolve("got")).then(({ got }) => got(process.argv[2])).then(() => process.exit(0), () => process.exit(1));
