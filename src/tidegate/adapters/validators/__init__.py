"""What does each vendor's own validator say of a file? One file a vendor; the effects are here alone."""
