"""Where functions of ours touch the kernel and nothing of this machine: namespaces that end with Tidegate."""
