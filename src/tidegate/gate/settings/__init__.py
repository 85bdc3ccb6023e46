"""What do settings of programs, poolers and servers say of connections? Files in, numbers with places out."""
