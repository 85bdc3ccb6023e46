"""How does each vendor write a protection down, and what does its configuration say? One file a vendor.

Each offers ``write(protection, file, addresses)`` and ``read(text, source, subjects)``; a vendor's validator
is an effect and lives with the adapters.
"""
