"""kafka-python as it comes: a consumer that polls."""

import sys

import kafka

consumer = kafka.KafkaConsumer("things", bootstrap_servers=f"{sys.argv[1]}:{sys.argv[2]}")
while True:
    consumer.poll(1000)
