"""By which paths do sites hand each other what they have? Over HTTP, through a store, in a file."""
