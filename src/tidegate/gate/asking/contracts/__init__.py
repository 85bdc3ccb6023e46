"""One module a caller: what it sends, and the answer in its own status codes and fields."""
