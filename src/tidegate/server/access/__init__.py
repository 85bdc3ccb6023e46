"""Who is this, and what may they do? Accounts, tokens, sign-in, and few tries a minute."""
