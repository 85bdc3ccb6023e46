"""redis-py as it comes: one PING."""

import sys

import redis

redis.Redis(host=sys.argv[1], port=int(sys.argv[2])).ping()
