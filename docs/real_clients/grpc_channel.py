"""A gRPC channel that is wanted: it connects again and again."""

import sys
import time

import grpc

channel = grpc.insecure_channel(f"{sys.argv[1]}:{sys.argv[2]}")
channel.subscribe(lambda _state: None, try_to_connect=True)
while True:
    # A call that waits keeps the channel from going idle.
    try:
        channel.unary_unary("/probe.Probe/Ask")(b"", wait_for_ready=True, timeout=3600)
    except grpc.RpcError:
        time.sleep(0.01)
