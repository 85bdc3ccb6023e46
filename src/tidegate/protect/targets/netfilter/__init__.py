"""Rules of a packet filter, whatever their spelling: which new flows they see, and what they limit."""
