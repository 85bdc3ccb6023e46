"""One notice as each channel carries it: mail, signed JSON, a message in Slack, a card in Teams."""
