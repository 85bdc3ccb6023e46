"""Metrics are for everybody, or only for a token with the scope, as the settings say."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server_sample import BASE, house
from tidegate.server.access.bearers import WRONG_COUNT
from tidegate.server.addresses import build


def asked(client: TestClient, token: str = "") -> int:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return client.get("/metrics", headers=headers).status_code


@pytest.fixture(name="closed")
def closed_house(tmp_path):
    with house(tmp_path, metrics_closed="yes") as opened:
        yield opened


def test_without_the_setting_everybody_reads_them(tmp_path):
    """As Prometheus asks from the start."""
    with house(tmp_path) as opened:
        assert 200 == asked(TestClient(build(opened), base_url=BASE))


def test_with_it_only_the_right_token_does(closed):
    """None and a wrong one are 401, one of another scope 403; health stays open."""
    client = TestClient(build(closed), base_url=BASE)
    now_s = closed.record.clock()
    right, other = (closed.accounts.new_token("t", [scope], now_s, by="ada") for scope in ("metrics", "read"))
    assert [401, 401, 403, 200] == [asked(client, token) for token in ("", "tg_00000000_x", other, right)]
    assert 200 == client.get("/health/live").status_code


def test_who_guesses_is_slowed_down_and_the_right_token_is_not(closed):
    """After so many wrong ones 429; the right one is answered all the same."""
    client = TestClient(build(closed), base_url=BASE)
    right = closed.accounts.new_token("t", ["metrics"], closed.record.clock(), by="ada")
    assert [401] * WRONG_COUNT + [429] == [asked(client, "tg_wrong") for _ in range(WRONG_COUNT + 1)]
    assert 200 == asked(client, right)
