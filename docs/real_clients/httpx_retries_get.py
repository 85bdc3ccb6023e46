"""The package httpx-retries as it comes: one GET."""

import sys

import httpx
from httpx_retries import RetryTransport

httpx.Client(transport=RetryTransport()).get(sys.argv[1])
