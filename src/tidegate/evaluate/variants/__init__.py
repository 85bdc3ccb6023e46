"""Which worlds are run for one question: cut down, slower, one belief wrong, numbers moved."""
