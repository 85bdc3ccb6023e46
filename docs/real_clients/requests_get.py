"""requests as it comes: one GET."""

import sys

import requests

requests.get(sys.argv[1])  # noqa: S113  that it has none is what is measured
