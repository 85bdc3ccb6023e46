"""What programs ask and say: JSON over the same use cases as the console."""
