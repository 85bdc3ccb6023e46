#!/bin/sh
# opentelemetry-exporter-prometheus-remote-write 0.66b1 with opentelemetry-sdk 1.45.2 (PyPI), Python 3.11: a histogram with the
# bounds 0, 5 and 10, and four values, 1, 3, 8 and 20.
#
# Expected  lat_bucket with le 0, 5, 10 and +Inf, and 0, 2, 3 and 4 in them: the exporter is made for what stores Prometheus' own
#           series, and there buckets are named so and cumulative (https://prometheus.io/docs/concepts/metric_types/#histogram).
# Seen      lat with le 5, 10 and +Inf, and 2, 1 and 1 in them (each bucket's own count), and for the bound 0 a series without le.
#           lat_count is 4.
# Matters   histogram_quantile over lat_bucket has nothing, and over lat has numbers that mean nothing: a rule on latency
#           never fires, and nothing says so, as the sum, the count and every other
#           kind of metric are right.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet opentelemetry-exporter-prometheus-remote-write==0.66b1 opentelemetry-sdk==1.45.2 \
  python-snappy==0.7.3 protobuf==6.33.6 requests==2.34.2 2>/dev/null
cat >run.py <<'EOF'
import http.server, sys, threading
import snappy
from opentelemetry.exporter.prometheus_remote_write import PrometheusRemoteWriteMetricsExporter
from opentelemetry.exporter.prometheus_remote_write.gen.remote_pb2 import WriteRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View

received = []

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
exporter = PrometheusRemoteWriteMetricsExporter(endpoint=f"http://127.0.0.1:{receiver.server_port}/")
reader = PeriodicExportingMetricReader(exporter, export_interval_millis=1e9)
buckets = View(instrument_name="lat", aggregation=ExplicitBucketHistogramAggregation([0, 5, 10]))
histogram = MeterProvider([reader], views=[buckets]).get_meter("x").create_histogram("lat")
for value in 1, 3, 8, 20:
    histogram.record(value)
reader.force_flush()
request, seen = WriteRequest(), []
request.ParseFromString(snappy.uncompress(received[0]))
for series in request.timeseries:
    labels = {label.name: label.value for label in series.labels}
    seen.append((labels["__name__"], labels.get("le"), series.samples[0].value))
    print("{} le={}: {:g}".format(*seen[-1]))
right = [("lat_sum", None, 32), ("lat_count", None, 4)]
sys.exit(0 if seen == [("lat", None, 0), ("lat", "5", 2), ("lat", "10", 1), ("lat", "+Inf", 1), *right] else 1)
EOF
own/bin/python run.py
