"""Options that every part of the suite shares."""

from __future__ import annotations

import pytest
from hypothesis import settings

from nat_between import inside  # noqa: F401  a fixture of those that need a NAT

# How long one example takes says how busy the machine is, and nothing of the product.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Write the golden files anew instead of comparing."
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return bool(request.config.getoption("--update-golden"))
