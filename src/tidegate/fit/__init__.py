"""Which numbers does history show? Series of the past in, values with intervals out, checked by a run."""
