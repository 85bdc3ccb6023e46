"""azure-core's retry policy as it comes: one GET."""

import sys

from azure.core import PipelineClient
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest

client = PipelineClient(sys.argv[1], policies=[RetryPolicy()])
client.send_request(HttpRequest("GET", sys.argv[1]))
