// ky as it comes: one GET.
import(require.resolve("ky")).then(({ default: ky }) => ky(process.argv[2])).then(() => process.exit(0), () => process.exit(1));
