"""One use case a file, shared by command line, server and notebooks."""
