// Node's own fetch with a time-out: four requests at once, and some time in which nothing is asked.
async function ask() {
  try {
    const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(1000) });
    await answer.text();
  } catch (error) {
    // it is given up, as asked
  }
}
Promise.all([ask(), ask(), ask(), ask()]).then(() => setTimeout(() => process.exit(0), 6000));
