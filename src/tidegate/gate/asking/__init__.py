"""Changes that are asked about as they happen: what is wanted, what may be, and in whose words it is said."""
