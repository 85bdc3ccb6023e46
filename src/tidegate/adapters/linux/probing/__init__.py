"""A user's own client program, watched while its endpoint plays one situation after another."""
