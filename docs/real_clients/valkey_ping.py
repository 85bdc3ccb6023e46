"""valkey-py as it comes: one PING."""

import sys

import valkey

valkey.Valkey(host=sys.argv[1], port=int(sys.argv[2])).ping()
