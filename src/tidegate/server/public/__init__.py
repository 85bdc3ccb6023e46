"""What anybody may see and do without an account: the site, the case form, subscriptions."""
