#!/bin/sh
# opentelemetry-exporter-otlp-proto-http 1.45.2 (PyPI), Python 3.11: one span exported while the collector closes
# every connection without an answer.
#
# Expected  what it does on 503: an attempt at 0, 1, 3 and 7 s (jittered), within its limit of 10 s: 4 connections.
# Seen      the same four moments, and two connections at each: a connection error is repeated once at once, inside every
#           attempt of the outer retry. 8 connections instead of 4.
# Matters   every process of a fleet exports telemetry. A collector or its load balancer that sheds load by closing
#           gets twice the connections that it gets when it answers 503.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-sdk==1.45.2 2>/dev/null
cat >run.py <<'EOF'
import logging, socket, sys, threading, time
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

logging.disable(logging.CRITICAL)

def exported(answer):
    listener, times = socket.create_server(("127.0.0.1", 0)), []
    def serve():
        while True:
            connection, _ = listener.accept()
            if not answer:
                times.append(time.monotonic())
            while answer and (sent := connection.recv(65536)):
                if sent.startswith(b"POST"):
                    times.append(time.monotonic())
                if not sent.endswith(b"\r\n\r\n"):  # the body has come
                    connection.sendall(answer)
            connection.close()
    threading.Thread(target=serve, daemon=True).start()
    provider = TracerProvider()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/traces"
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=url)))
    provider.get_tracer("x").start_span("a").end()
    return [round(at - times[0], 1) for at in times]

closed = exported(b"")
said_503 = exported(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
pairs = all(b - a < 0.3 for a, b in zip(closed[::2], closed[1::2]))
print(f"closed: {closed}; 503: {said_503}")
sys.exit(0 if pairs and len(closed) % 2 == 0 and len(closed) >= 6 else 1)
EOF
own/bin/python run.py
