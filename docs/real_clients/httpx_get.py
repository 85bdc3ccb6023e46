"""httpx as it comes: one GET."""

import sys

import httpx

httpx.get(sys.argv[1])
