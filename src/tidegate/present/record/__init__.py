"""The record of outages and cases on a terminal and as JSON."""
