"""httpx with the retries of its transport: one GET."""

import sys

import httpx

httpx.Client(transport=httpx.HTTPTransport(retries=4)).get(sys.argv[1])
