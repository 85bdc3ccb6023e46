"""Many runs, one answer; the executor is passed in."""
