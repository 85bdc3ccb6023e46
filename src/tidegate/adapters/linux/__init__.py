"""Linux: namespaces, devices, real sockets. The only place that touches the kernel."""
