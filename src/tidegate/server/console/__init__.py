"""The operators' pages: what each address shows, and which use case a form calls."""
