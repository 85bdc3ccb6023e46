"""httpx2 as it comes: one GET."""

import sys

import httpx2

httpx2.get(sys.argv[1])
