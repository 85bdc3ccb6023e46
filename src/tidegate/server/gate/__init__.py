"""The gate's own process: callers' doors, what works questions out, and what is kept of it."""
