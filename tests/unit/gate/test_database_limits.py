"""How many connections managed databases let in by default, by engine and class."""

from __future__ import annotations

import json

import pytest

from tidegate.gate.change.database_limits import class_memory_gib
from tidegate.gate.changes import read_changes


def notes(kind, before, after):
    change = {"actions": ["update"], "before": before, "after": after}
    one = {"address": f"{kind}.db", "mode": "managed", "type": kind, "change": change}
    (plan,) = read_changes([(json.dumps({"format_version": "1.2", "resource_changes": [one]}), "plan.json")])
    return plan.notes


@pytest.mark.parametrize(
    ("name", "memory_gib"),
    [
        ("db.t3.micro", 1), ("db.t4g.medium", 4), ("db.t3.2xlarge", 32), ("db.m5.large", 8),
        ("db.m6gd.xlarge", 16),
        ("db.m4.10xlarge", 160), ("db.r6g.large", 16), ("db.r5.24xlarge", 768), ("db.x2g.xlarge", 64),
        ("db.m3.medium", 0), ("db.serverless", 0), ("db.r3.large", 0), ("cache.m5.large", 0),
    ],
)  # fmt: skip
def test_the_memory_of_a_class(name, memory_gib):
    """By its family and size; 0 where the family keeps another amount for each core."""
    assert memory_gib == class_memory_gib(name)


@pytest.mark.parametrize(
    ("engine", "name", "many"),
    [
        ("postgres", "db.m5.large", "901"), ("postgres", "db.r5.24xlarge", "5,000"),
        ("mysql", "db.m5.large", "682"),
        ("mariadb", "db.m5.large", "341"), ("aurora-postgresql", "db.r6g.large", "1,802"),
        ("aurora-mysql", "db.r6g.large", "1,069"), ("aurora-mysql", "db.t3.medium", "108"),
    ],
)  # fmt: skip
def test_formulae_of_rds(engine, name, many):
    """As AWS' own parameter groups state them, told with their source."""
    (said,) = notes("aws_db_instance", {"engine": engine}, {"engine": engine, "instance_class": name})
    assert (True, True) == (f"at most about {many} connections" in said, "DBInstanceClassMemory" in said)


def test_a_smaller_class_tells_both_limits():
    """Nobody else says that a smaller class lets in fewer."""
    sides = ({"engine": "postgres", "instance_class": f"db.m5.{size}"} for size in ("xlarge", "large"))
    (said,) = notes("aws_db_instance", *sides)
    assert "901 connections where nothing else is said, before at most about 1,802" in said


@pytest.mark.parametrize(
    ("version", "tier", "many"),
    [
        ("POSTGRES_15", "db-f1-micro", "25"), ("POSTGRES_15", "db-custom-2-7680", "400"),
        ("POSTGRES_15", "db-custom-16-122880", "1,000"), ("POSTGRES_15", "db-n1-standard-1", "100"),
        ("MYSQL_8_0", "db-g1-small", "1,000"), ("MYSQL_8_0", "db-n1-highmem-4", "4,000"),
    ],
)  # fmt: skip
def test_defaults_of_cloud_sql(version, tier, many):
    """By the memory of the tier."""
    side = {"database_version": version, "settings": [{"tier": tier}]}
    (said,) = notes("google_sql_database_instance", {}, side)
    assert f"at most about {many} connections" in said


def test_a_flag_goes_before_the_default_and_the_unknown_is_silent():
    """What is stated is told as stated; an engine or tier that nobody knows is not guessed."""
    flags = [{"name": "max_connections", "value": "321"}, {"name": "x", "value": "1"}]
    side = {
        "database_version": "POSTGRES_15",
        "settings": [{"tier": "db-n1-standard-1", "database_flags": flags}],
    }
    (said,) = notes("google_sql_database_instance", {}, side)
    assert "321" in said
    assert () == notes("aws_db_instance", {}, {"engine": "sqlserver-ex", "instance_class": "db.t3.small"})
