"""From a world and what happens to it, to what the clients and devices go through."""
