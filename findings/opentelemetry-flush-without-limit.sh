#!/bin/sh
# opentelemetry-sdk 1.45.2 (PyPI), Python 3.11: force_flush(500) while the exporter needs 3 s for a batch.
#
# Expected  False after about 0.5 s: the argument is a time-out in milliseconds, and the specification
#           (https://opentelemetry.io/docs/specs/otel/trace/sdk/#forceflush-1) wants to know of success, failure or time-out.
# Seen      True after 3 s; with three batches waiting True after 9 s. The limit is not looked at.
# Matters   a process that flushes before it ends does not end in the time it allowed. Where a collector is slow, instances
#           of a rolling update stop late, and whoever trusts the number plans too short a pace.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet opentelemetry-sdk==1.45.2 opentelemetry-api==1.45.2 2>/dev/null
cat >run.py <<'EOF'
import sys, time
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

class Slow(SpanExporter):
    def export(self, spans):
        time.sleep(3)
        return SpanExportResult.SUCCESS
    def shutdown(self):
        pass

def flushed(spans):
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Slow(), max_queue_size=100, max_export_batch_size=10, schedule_delay_millis=600_000))
    for _ in range(spans):
        provider.get_tracer("x").start_span("a").end()
    began = time.monotonic()
    return provider.force_flush(500), round(time.monotonic() - began)

one, three = flushed(1), flushed(25)
print(f"500 ms allowed, one batch: {one[0]} after {one[1]} s; three batches: {three[0]} after {three[1]} s")
sys.exit(0 if one == (True, 3) and three == (True, 9) else 1)
EOF
own/bin/python run.py
