"""What a service speaks: stated, told by a port or by a name, and unknown where there is doubt."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.read import read_world
from tidegate.world.protocol import PROTOCOLS, UDP, spoken


def speaks(name, **keys):
    service = {"network": "a", **keys}
    world = read_world(
        f"networks: {{a: {{}}}}\nservices: {{{name}: {service!r}}}\n".replace("'", '"'), "x"
    ).world
    return spoken(name, world.services[name])


@pytest.mark.parametrize(("name", "protocol"), [
    ("postgres", "postgres"), ("orders_postgres", "postgres"), ("postgres-primary", "postgres"),
    ("Redis_cache", "redis"), ("kafka_broker_2", "kafka"), ("pgbouncer", "postgres"), ("rabbitmq", "amqp"),
    ("smtp", "smtp"),
    ("postgres_exporter", "unknown"), ("redis_api", "unknown"), ("api", "unknown"), ("database", "unknown"),
    ("rds", "unknown"), ("nats_gateway", "unknown"), ("db", "unknown"),
])  # fmt: skip
def test_a_name_tells_it_only_beyond_doubt(name, protocol):
    """The last telling word counts; what stands before a database and is none stays unknown."""
    assert protocol == speaks(name)


def test_a_port_goes_before_a_name_and_a_statement_before_both():
    """db at :5432 speaks PostgreSQL; two ports that disagree tell nothing; what is stated is so."""
    assert "postgres" == speaks("db", known_as={"instances": "10.0.0.1:5432 10.0.0.2:5432"})
    assert "mysql" == speaks("redis", known_as={"listen": ":3306"})
    assert "unknown" == speaks("redis", known_as={"listen": ":3306", "instances": "10.0.0.1:5432"})
    assert "redis" == speaks("redis", known_as={"kubernetes": "apps/v1/Deployment/prod/redis"})
    assert "http" == speaks("redis", protocol="http", known_as={"listen": ":6379"})


def test_a_protocol_that_nobody_knows_is_refused_with_the_nearest():
    """A mistyped protocol is told with the one that was meant."""
    with pytest.raises(InputError, match="postgres"):
        speaks("x", protocol="postgers")


def test_what_is_told_can_be_stated():
    """Every protocol that a port or a name tells is one that a world may state."""
    assert set(PROTOCOLS) >= UDP
    assert len(set(PROTOCOLS)) == len(PROTOCOLS)
