"""What was scaled in the past, as those who did it keep it: events, series, trails and activities."""
