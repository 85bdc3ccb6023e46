"""Who must hear what: drafted words, their wording, promises and notices owed. Pure."""
