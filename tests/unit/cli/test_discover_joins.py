"""`tidegate discover`: what is one thing written in two ways, what does not join, how it is said."""

from __future__ import annotations

import json
import random
import re

import pytest

from listed_shop import environment, listed, service, shop, store, workload
from recorded_flows import Drawn
from run_here import run_here
from tidegate.world.file.read import read_world

HOST = "db.example.com"


@pytest.fixture(name="said")
def run_in_folder(tmp_path):
    def run(*words, **files):
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        return run_here(tmp_path, "discover", *words)

    return run


def world_of(done):
    assert 0 == done.returncode, done.stderr
    return read_world(done.stdout, "world").world


def one_line(text):
    return " ".join(text.split())


def few_clients():
    """Return a record: one address that asks another."""
    drawn = Drawn(random.Random(3), 30.0)  # noqa: S311  a record that is drawn
    drawn.opened(["10.0.0.1"], ("10.1.0.7", 5432), 3.0, 0.002)
    return drawn


# -- one host -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "port", "other"),
    [(HOST, 5432, "postgres"), (HOST, 3306, "mysql"), ("pg", 5432, "postgres"), (HOST, 6432, "postgres")],
)
def test_a_host_with_a_port_and_one_without_are_one_database(said, host, port, other):
    """A connection string with its port, elsewhere the host alone: one service, which both ask."""
    objects = [
        workload("a", 3, environment(DATABASE_URL=f"{other}://u:p@{host}:{port}/x?pool=5")),
        workload("b", 2, environment(DB_HOST=host, DB_POOL_SIZE="7")),
    ]
    world = world_of(said("c.json", "--no-rank", c__json=listed(objects)))
    [name] = world.services
    assert {name} == {one.service for one in world.clients.values()}
    assert (5, 7) == (world.clients["a"].pool_count, world.clients["b"].pool_count)


def test_one_pod_that_says_both_keeps_one_pool(said):
    """The string and the host of one program are one pool, whose size stands beside them."""
    env = environment(DATABASE_URL=f"postgres://{HOST}:5432/x", DB_HOST=HOST, DB_POOL_SIZE="9")
    world = world_of(said("c.json", "--no-rank", c__json=listed([workload("a", 3, env)])))
    assert [("a", 9)] == [(name, one.pool_count) for name, one in world.clients.items()]


def test_a_cache_at_the_same_host_is_not_the_database(said):
    """What is spoken at a port tells: a host of a database is not put to a port of Redis."""
    objects = [
        workload("a", 3, environment(REDIS_URL=f"redis://{HOST}:6379")),
        workload("b", 2, environment(DB_HOST=HOST)),
    ]
    assert 2 == len(world_of(said("c.json", "--no-rank", c__json=listed(objects))).services)


def test_a_host_where_two_would_do_is_told(said):
    """Two databases at one host: a name without a port may be either, and that is said."""
    objects = [
        workload("a", 3, environment(DATABASE_URL=f"postgres://{HOST}:6432/x")),
        workload("b", 3, environment(DATABASE_URL=f"postgres://{HOST}:5433/x")),
        workload("c", 2, environment(DB_HOST=HOST)),
    ]
    done = said("c.json", "--no-rank", c__json=listed(objects))
    assert 3 == len(world_of(done).services)
    assert f"Mind: {HOST} is named without a port, and 5433, 6432 are named there" in one_line(done.stderr)


# -- what does not join -------------------------------------------------------------------------


def database(host):
    one = {"DBInstanceIdentifier": "db", "Engine": "postgres", "DBInstanceClass": "db.t3.micro",
           "Endpoint": {"Address": host, "Port": 5432}}  # fmt: skip
    return json.dumps({"DBInstances": [one]})


def test_sources_that_do_not_join_are_named_with_what_would_join_them(said):
    """Pods ask by a name of their own, a database has an endpoint: which addresses would be one?"""
    env = environment(DATABASE_URL="postgres://db.internal:5432/x", DB_POOL_SIZE="5")
    objects = [workload("api", 4, env)]
    given = {"api__json": listed(objects), "rds__json": database("db.aws")}
    told = one_line(said("api.json", "rds.json", "--no-rank", **given).stderr)
    assert re.search(
        r"Mind: api.json, read on \d+ \w+ \d+ and rds.json, read on [\w ]+ show nothing in common", told
    )
    assert re.search(r"If db.internal:5432 \(asked in api.json, [^)]+\) is db.aws:5432 \(in rds.json", told)
    given["rds__json"] = database("db.internal")
    assert "nothing in common" not in said("api.json", "rds.json", "--no-rank", **given).stderr


def test_flows_whose_addresses_no_pod_has_are_named(said):
    """Objects without addresses, and a record: they join by the addresses of pods."""
    done = said("shop.json", "e.txt", "--no-rank", shop__json=listed(shop()), e__txt=few_clients().events())
    told = one_line(done.stderr)
    assert "and records of flows, read on" in told
    assert "They join by addresses: of the pods (`kubectl get pods -A -o json`" in told


# -- how it is said -----------------------------------------------------------------------------


def test_a_growth_is_told_by_its_sizes(said):
    """From one to two is no half; the name of a group is not said twice over."""
    world = world_of(said("e.txt", "--no-rank", e__txt=few_clients().events()))
    titles = [one.title for one in world.activities.values()]
    assert ["of_postgres grows from 1 to 2", "of_postgres: all connect anew"] == titles


def test_numbers_agree_with_what_they_count(said):
    """One line, one map, one service; several of each."""
    objects = [
        store("api-env", {"DATABASE_URL": "postgres://db:5432/x"}),
        workload("api", 1, []), service("db", 5432), workload("db", 1, [], image="postgres:16"),
        workload("b", 1, environment(DATABASE_URL="postgres://db:5432/x")),
    ]  # fmt: skip
    told = one_line(said("c.json", "--no-rank", c__json=listed(objects)).stderr)
    assert "1 ConfigMap was looked at" in told
    assert "and 1 crossing" in told
    assert not re.search(r"\b1 \w+s\b", told.replace("1 others", "")), told
    events = few_clients().events() + "a word\n"
    assert "Mind: 1 line is no entry and was passed over" in one_line(said("e.txt", e__txt=events).stderr)


@pytest.mark.parametrize("name", ["a/b", "a\\b", "..", "", " ", "a\nb"])
def test_a_name_that_no_file_can_have_is_refused(said, tmp_path, name):
    """A report is called as the world is: what cannot be part of a file's name is one clear error."""
    done = said("e.txt", "--name", name, "--out", "w.yaml", e__txt=few_clients().events())
    assert 2 == done.returncode
    assert "--name" in done.stderr
    assert "1 thing to mend" in done.stderr
    assert "Is no name of a world" in done.stderr
    assert not (tmp_path / "w.yaml").exists()
