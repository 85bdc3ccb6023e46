"""google-api-core's Retry as it comes, around one GET of requests."""

import sys

import requests
from google.api_core import retry


def ask():
    return requests.get(sys.argv[1])  # noqa: S113 - as it comes


retry.Retry()(ask)()
