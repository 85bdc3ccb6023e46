"""What does an AWS SDK make of a config file or an environment? botocore builds a client from it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_READ = """
import os, sys
name = sys.argv[1]
stated = dict(line.split("=", 1) for line in open(name, encoding="utf-8").read().splitlines()
              if "=" in line and not line.startswith("#"))
stated = {key.strip().removeprefix("AWS_").lower(): value.strip() for key, value in stated.items()}
for key in [key for key in os.environ if key.startswith("AWS_")]:
    del os.environ[key]
os.environ["AWS_CONFIG_FILE"] = name if name.endswith(".ini") else os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
if name.endswith(".env"):
    os.environ.update({f"AWS_{key.upper()}": value for key, value in stated.items()})
import botocore.session
session = botocore.session.get_session()
client = session.create_client("sqs", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
retries = client.meta.config.retries
found = {"retry_mode": retries.get("mode"), "max_attempts": str(retries.get("total_max_attempts"))}
sys.exit(0 if found == stated else f"states {stated}, botocore takes {found}")
"""


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether botocore's client has the mode and attempts that each file states."""
    by = "botocore"
    if importlib.util.find_spec("botocore") is None:
        return missing(files, by, "botocore")
    with unpacked(files) as folder:
        return tuple(
            run((sys.executable, "-c", _READ, one.name), name=one.name, by=by, folder=folder) for one in files
        )
