"""What the server does without anybody asking: watch, probe, publish, and send."""
