"""Options that every part of the suite shares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from nat_between import inside  # noqa: F401  a fixture of those that need a NAT

# How long one example takes says how busy the machine is, and nothing of the product.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Hundreds of tests start the product, 700 modules. Where nothing compiled may be left beside the sources,
# each start would compile them all: what one compiled is kept for the others, out of the way.
if sys.dont_write_bytecode:
    COMPILED = str(Path(__file__).parents[1] / ".pytest_cache" / "compiled")
    sys.dont_write_bytecode, sys.pycache_prefix = False, COMPILED
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = COMPILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Write the golden files anew instead of comparing."
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return bool(request.config.getoption("--update-golden"))
