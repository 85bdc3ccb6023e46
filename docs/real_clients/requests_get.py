"""requests as it comes: one GET."""

import sys

import requests

requests.get(sys.argv[1])
