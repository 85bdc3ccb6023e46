"""PgBouncer's share of what a database accepts: divided, rounded down, refused where there is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protected_world as sample
from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors

ORDERS = "services.orders.connections"
LEDGER = "services.ledger.connections"
TARGET = vendors.named("pgbouncer")


def write(changes, text=sample.POOLED):
    file = sample.world(text)
    return TARGET.write(protection_of(file, changes), file, None)


def read(text, world=sample.POOLED, **named):
    return TARGET.read(text, "pgbouncer.ini", Subjects(world=sample.world(world).world, **named)).overlay()


def cap(text):
    (found,) = re.findall(r" pool_size=(\d+) max_db_connections=(\d+)$", text, re.MULTILINE)
    assert found[0] == found[1]
    assert "\nreserve_pool_size = 0\n" in text
    return int(found[0])


@settings(max_examples=50, deadline=None)
@given(instances=st.integers(1, 40), accepts=st.integers(1, 20_000), past=st.integers(0, 300))
def test_poolers_never_open_more_than_the_database_accepts(instances, accepts, past):
    """All processes and what goes past them stay within the limit, and waste less than one each."""
    past_by = f"  rest: {{network: poolers, service: orders, population: {past}, connection: keep_alive}}\n"
    text = sample.POOLED.replace("instances: 6", f"instances: {instances}").replace("1500", "50000")
    text = text.replace("activities:", past_by + "activities:").replace(
        "connections: 5000", "connections: 20000"
    )
    done = write({ORDERS: accepts}, text)
    left = accepts - past
    assert (left >= instances) == bool(done.files)
    if not done.files:
        assert f"{instances} poolers share it" in done.not_expressed[0].why
        return
    each = cap(done.files[0].text)
    assert left - instances < each * instances <= left
    assert each * instances + past == read(done.files[0].text, text)[ORDERS]
    assert any(f"is written as {each:,} for each of {instances} poolers" in note for note in done.notes)


def test_poolers_that_will_be_more_share_already():
    """What a scaler or an activity may add counts: the limit holds at the end as well."""
    text = sample.POOLED + "  more: {service: pooler, from: 6, to: 8}\n"
    assert 600 == cap(write({ORDERS: 4800}, text).files[0].text)
    rolls = sample.POOLED + "  roll: {kind: restart, service: pooler, batches: 6, surge: 2}\n"
    assert 600 == cap(write({ORDERS: 4800}, rolls).files[0].text)
    scaler = "instances: 6\n    autoscaler: {target: 0.6, most: 10}"
    assert 480 == cap(write({ORDERS: 4800}, sample.POOLED.replace("instances: 6", scaler)).files[0].text)


def test_a_pooler_whose_clients_are_limited_stays_within_its_database_unasked():
    """The file of a pooler is a whole one: its cap is the share of what the database accepts."""
    (one,) = write({"services.pooler.connections": 1500}).files
    assert 833 == cap(one.text)
    assert "pool_mode = session\n" in one.text
    several = sample.POOLED.replace("concurrency: 1500", "concurrency: 100")
    (one,) = write({"services.pooler.connections": 1500}, several).files
    assert 100 == cap(one.text)
    assert "pool_mode = transaction\n" in one.text


@pytest.mark.parametrize(("changes", "text", "why"), [
    ({ORDERS: 6000}, sample.POOLED, "raises nothing: it accepts 5,000 itself"),
    ({ORDERS: 4000}, sample.POOLED.replace("concurrency: 64", "concurrency: 64\n    instances: 2"),
     "not those of each instance"),
    ({LEDGER + "_when_full": "refuse"}, sample.POOLED.replace("    connections: 87\n", ""),
     "absence of a cap"),
    ({"services.pooler.connections_when_full": "backlog"}, sample.POOLED, "refuses clients beyond"),
    ({ORDERS + "_when_full": "refuse"}, sample.POOLED, "waits in PgBouncer"),
    ({"clients.workers.pool": 3}, sample.POOLED, "before the pooler pooler"),
    ({"clients.jobs.timeout": 3}, sample.POOLED, "is the client's own"),
    ({"services.ledger.accept_backlog": 3}, sample.POOLED, "it does not drop it"),
])  # fmt: skip
def test_what_cannot_be_said_is_refused_for_its_reason(changes, text, why):
    """Nothing is dropped: each element is in no file for a reason of its own."""
    done = write(changes, text)
    assert () == done.expressed
    assert [True] == [why in one.why and not one.elsewhere for one in done.not_expressed]


def test_what_waits_at_a_pooler_of_its_own_is_bounded():
    """As many clients as the database has places and the backlog holds; the others are refused."""
    text = sample.POOLED.replace("87\n    connections_when_full: refuse", "87\n    accept_backlog: 13")
    done = write({LEDGER: 80, f"{LEDGER}_when_full": "backlog"}, text)
    (one,) = done.files
    assert (80, True) == (cap(one.text), "\nmax_client_conn = 93\n" in one.text)
    assert {LEDGER: 80, f"{LEDGER}_when_full": "backlog"} == read(one.text)


def test_only_what_speaks_postgresql_gets_a_pooler():
    """The shop's API and its clients speak nobody knows what: there is no file for them."""
    changes = {"services.api.connections": 100, "clients.workers.pool": 2}
    file = sample.world()
    done = TARGET.write(protection_of(file, changes), file, None)
    assert ((), ()) == (done.files, done.expressed)
    assert all(one.elsewhere for one in done.not_expressed)


def test_the_names_of_one_database_add_up():
    """Two names have a cap each, so one process opens the sum; whose they are is said with an option."""
    text = "[databases]\na = host=x max_db_connections=20\nb = host=x max_db_connections=30\n"
    assert 50 == read(text, service="ledger")[LEDGER]
    assert 50 * 6 == read(text, service="orders")[ORDERS]
    assert 50 * 6 == read(text, service="pooler")[ORDERS]


def test_a_pooler_beside_a_client_is_its_pool():
    """With --client the cap is the client's pool, and how long it tries to connect is the client's."""
    text = "[databases]\n* = host=x\n[pgbouncer]\ndefault_pool_size = 7\nserver_connect_timeout = 2.5\n"
    assert {"clients.jobs.pool": 7, "clients.jobs.connect_timeout": 2.5} == read(text, clients="jobs")


APART = """%include /etc/more.ini
[databases]
orders = host=db1 port=5432 pool_size=50
ledger = host=db2
[users]
bob = pool_mode=session max_user_connections=5
[pgbouncer]
max_client_conn = 400
default_pool_size = 20
server_idle_timeout = 60
query_timeout = 9
"""
ONE = """
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside], forwarding: 2570/s}}
services: {api: {network: outside, KNOWN concurrency: 32}}
clients: {workers: {network: inside, service: api, population: 60, timeout: 500ms}}
"""


def told(text, known=""):
    subjects = Subjects(world=sample.world(ONE.replace("KNOWN", known)).world)
    found = TARGET.read(text, "pgbouncer.ini", subjects)
    return found.overlay(), {one.words.partition(" = ")[0]: one.why for one in found.ignored}


def test_databases_of_several_hosts_are_not_one_service():
    """What is opened to another host is no load of this one; which is meant its address says."""
    overlay, why = told(APART)
    assert {} == overlay
    assert "one of several" in why["orders"]
    overlay, why = told(APART, "known_as: {address: 'db2:5432'},")
    assert 20 == overlay["services.api.connections"]
    assert "leads to db1, and not to api" == why["orders"]


def test_every_limit_of_a_file_is_in_the_world_or_told():
    """Those of users, of clients and of time as well; and sizes of no database."""
    _, why = told(APART, "known_as: {address: db1},")
    assert {
        "%include /etc/more.ini",
        "bob",
        "max_client_conn",
        "server_idle_timeout",
        "query_timeout",
    } <= set(why)
    _, why = told("[pgbouncer]\ndefault_pool_size = 9\nreserve_pool_size = 2\n")
    assert {"default_pool_size", "reserve_pool_size"} == set(why)
