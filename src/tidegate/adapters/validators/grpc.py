"""What does gRPC say of a service config? One call over a channel of its own, to a server beside it.

A config that gRPC refuses fails every call; one that it takes lets this call through. It runs in a process of
its own, because gRPC keeps threads.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_CALL = """
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc

class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

server = grpc.server(ThreadPoolExecutor(1), handlers=(Echo(),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
options = [("grpc.service_config", open(sys.argv[1], encoding="utf-8").read()), ("grpc.enable_http_proxy", 0)]
with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
    try:
        answer = channel.unary_unary("/t.T/Echo")(b"x", timeout=20)
    except grpc.RpcError as error:
        # A time-out of the config itself may be shorter than any call takes.
        late = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        sys.exit(0 if late else f"{error.code()}: {error.details()}")
server.stop(None)
sys.exit(0 if answer == b"x" else "the call was answered wrongly")
"""


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether a call goes through with each config; pages beside them hold for their config."""
    by = "a call through grpcio"
    if importlib.util.find_spec("grpc") is None:
        return missing(files, by, "grpcio")
    configs = [one for one in files if one.name.endswith(".json")]
    with unpacked(configs) as folder:
        return tuple(
            run((sys.executable, "-c", _CALL, one.name), name=one.name, by=by, folder=folder)
            for one in configs
        )
