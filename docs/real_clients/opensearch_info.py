"""opensearch-py as it comes: one info()."""

import sys

import opensearchpy

opensearchpy.OpenSearch([{"host": sys.argv[1], "port": int(sys.argv[2])}]).info()
