"""urllib3's pool as it comes: one GET."""

import sys

import urllib3

urllib3.PoolManager().request("GET", sys.argv[1])
