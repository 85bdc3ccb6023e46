"""Kombu, as Celery's workers use it: ensure there is a connection."""

import sys

import kombu

kombu.Connection(f"amqp://{sys.argv[1]}:{sys.argv[2]}//").ensure_connection()
