"""What does SQLAlchemy make of a pool's arguments? An engine is made with them, and its pool asked back."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_MAKE = """
import runpy, sys
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool
stated = runpy.run_path(sys.argv[1])["POOL"]
pool = create_engine("sqlite://", poolclass=QueuePool, **stated).pool
taken = {"pool_size": pool.size(), "max_overflow": pool._max_overflow, "pool_timeout": pool.timeout(),
         "pool_recycle": pool._recycle}
sys.exit(0 if stated == {key: taken.get(key) for key in stated} else f"states {stated}, has {taken}")
"""


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether an engine's pool has the size, overflow and time-out that each file states."""
    by = "create_engine of SQLAlchemy"
    if importlib.util.find_spec("sqlalchemy") is None:
        return missing(files, by, "SQLAlchemy")
    with unpacked(files) as folder:
        return tuple(
            run((sys.executable, "-c", _MAKE, one.name), name=one.name, by=by, folder=folder) for one in files
        )
