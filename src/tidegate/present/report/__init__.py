"""The report: one HTML file that answers, shows and can be kept."""
