"""elasticsearch as it comes: one info()."""

import sys

import elasticsearch

elasticsearch.Elasticsearch(sys.argv[1]).info()
