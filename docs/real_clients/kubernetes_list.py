"""The Kubernetes client as it comes: list one namespace's pods."""

import sys

from kubernetes import client

configuration = client.Configuration(host=sys.argv[1].rstrip("/"))
client.CoreV1Api(client.ApiClient(configuration)).list_namespaced_pod("default")
