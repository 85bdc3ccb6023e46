// Node's own fetch: one GET.
const answer = await fetch(process.argv[2]);
await answer.text();
