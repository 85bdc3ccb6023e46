"""Which protection makes an activity safe, and how do devices and clients write it down? Pure."""
