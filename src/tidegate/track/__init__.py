"""The record: what is broken, why, since when and for whom, worked out from the journal. Pure."""
