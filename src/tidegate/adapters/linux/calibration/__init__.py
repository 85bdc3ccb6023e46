"""What packets, flows and connections cost on this host: measured inside a sandbox."""
