"""pyzmq as it comes: one subscriber."""

import sys

import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.SUBSCRIBE, b"")
socket.connect(f"tcp://{sys.argv[1]}:{sys.argv[2]}")
socket.recv()
