"""botocore: one call of a service whose retries are the general ones; the mode is the argument."""

import sys

import botocore.session
from botocore.config import Config

session = botocore.session.Session()
config = Config(retries={"mode": sys.argv[2]}) if len(sys.argv) > 2 else Config()
client = session.create_client(
    "secretsmanager",
    region_name="eu-west-1",
    endpoint_url=sys.argv[1],
    aws_access_key_id="none",
    aws_secret_access_key="none",  # noqa: S106  nothing checks it
    config=config,
)
client.list_secrets()
