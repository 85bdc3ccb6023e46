"""The API against its own description: nothing it answers is undescribed, and no input makes it stumble."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from server_sample import house
from tidegate.server.access.accounts import SCOPES
from tidegate.server.addresses import build

CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance",
)  # fmt: skip
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
FEW = settings(
    max_examples=12, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory):
    """The description with the server behind it, and a token for everything."""
    with house(tmp_path_factory.mktemp("api"), with_world=True) as here:
        token = here.accounts.new_token("test", SCOPES, here.record.clock(), by="test")
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", build(here))
        yield schema, {"authorization": f"Bearer {token}"}


def test_whatever_is_asked_is_answered_as_described(api):
    """Every operation, with input that fits and input that does not: described answers only, never a 5xx."""
    schema, headers = api
    checks = [CHECKS.get_one(name) for name in CHECKED]
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @FEW
        @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES)))
        def ask(case):
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, checks=checks)

        ask()
    assert asked > 100
