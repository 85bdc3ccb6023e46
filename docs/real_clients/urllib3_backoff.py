"""urllib3 told to back off, also after errors: one GET with time-outs of a second."""

import sys

import urllib3

retry = urllib3.Retry(4, backoff_factor=0.5, status_forcelist=[503])
urllib3.PoolManager(retries=retry, timeout=1.0).request("GET", sys.argv[1])
