"""What one run says: its outcome, its record, its latencies, and whether its fate is settled."""
