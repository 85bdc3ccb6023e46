"""What a cluster needs so that it asks the gate: its objects, and the chart that makes the same ones."""
