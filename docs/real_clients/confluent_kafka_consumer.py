"""confluent-kafka as it comes: a consumer that polls."""

import sys

import confluent_kafka

consumer = confluent_kafka.Consumer({"bootstrap.servers": f"{sys.argv[1]}:{sys.argv[2]}", "group.id": "g"})
consumer.subscribe(["things"])
while True:
    consumer.poll(1.0)
