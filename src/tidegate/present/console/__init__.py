"""What operators and asking customers see: pages written on the server, complete without any script."""
