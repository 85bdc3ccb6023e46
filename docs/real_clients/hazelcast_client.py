"""Hazelcast's client as it comes: it joins a cluster."""

import sys

import hazelcast

hazelcast.HazelcastClient(cluster_members=[f"{sys.argv[1]}:{sys.argv[2]}"])
