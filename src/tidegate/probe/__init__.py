"""What one client program really does when the other end fails, told from what is seen on the wire.

Situations, observations and their reading are pure; running the program is the adapters' work. What a
client *should* do must not live here: that is `behaviour`.
"""
