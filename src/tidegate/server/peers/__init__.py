"""What other sites ask of this server, and are told."""
