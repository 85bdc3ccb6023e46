"""The command line: thin, no decision is made here."""
