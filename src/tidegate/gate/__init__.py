"""Outside contracts to a world: the command line, Kubernetes manifests."""
