"""The journal: what was said, by whom, when; append-only, chained, signed. Pure: bytes in, bytes out."""
