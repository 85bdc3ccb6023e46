"""Pools and limits where people also write them: arguments, Python, drivers, users' limits; helm's output."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  replicas: 4
  template: {{spec: {{containers: [{{name: shop, {container}}}]}}}}
"""
HELM = """\
Release "shop" does not exist. Installing it now.
NAME: shop
HOOKS:
---
apiVersion: v1
kind: Pod
metadata: {{name: shop-test}}
MANIFEST:
---
{deployment}
NOTES:
1. Get the application URL by running: echo "x"
"""


def made(*texts):
    return world_from_files(list(texts), Options(scale="40:120"))


def pool(*texts):
    found = made(*texts)
    return found.file.world.clients["app"].pool_count, {row.says: row.means or row.why for row in found.read}


@pytest.mark.parametrize(
    ("container", "count"),
    [
        ('args: ["--db-pool-size=30"]', 30),
        ('command: [serve], args: ["--db-pool", "31"]', 31),
        ('env: [{name: JAVA_OPTS, value: "-Xmx1g -Dspring.datasource.hikari.maximum-pool-size=40"}]', 40),
        ('env: [{name: MAX_DB_CONNECTIONS, value: "44"}]', 44),
        ('env: [{name: DB_CONNECTIONS, value: "7"}]', 7),
        ('env: [{name: QUARKUS_DATASOURCE_JDBC_MAX_SIZE, value: "16"}]', 16),
    ],
)
def test_a_pool_is_read_wherever_a_manifest_states_it(container, count):
    """Arguments of both spellings, properties of a virtual machine, and more names."""
    assert count == pool((DEPLOYMENT.format(container=container), "app.yaml"))[0]


def test_a_name_with_a_pool_in_it_is_told():
    """`PGPOOL` may be one; nobody knows of what."""
    _, rows = pool((DEPLOYMENT.format(container='env: [{name: PGPOOL, value: "5"}]'), "app.yaml"))
    assert "does not say whose connections" == rows["PGPOOL=5"]


PYTHON = """\
import os
SQLALCHEMY_ENGINE_OPTIONS = dict(pool_size=int(os.environ.get("POOL", "10")),
                                 max_overflow=20)
"""


def test_python_is_read_by_its_own_parser():
    """Dictionaries, calls, what the environment falls back to; on the lines where they stand."""
    found = made((PYTHON, "settings.py"))
    lines = {row.line for row in found.read if row.means == "clients.app.pool"}
    assert (30, {2, 3}) == (found.file.world.clients["app"].pool_count, lines)


def test_a_pool_of_django_is_read():
    """As its settings nest it."""
    text = 'DATABASES = {"default": {"HOST": "orders-db", "OPTIONS": {"pool": {"max_size": 12}}}}\n'
    assert 12 == pool((text, "settings.py"))[0]


def test_what_is_no_python_is_read_line_by_line():
    """An old one, for instance."""
    assert 17 == pool(("print 'x'\nDB_POOL_SIZE = 17\n", "settings.py"))[0]


@pytest.mark.parametrize(
    ("text", "name", "count"),
    [
        ("production:\n  adapter: postgresql\n  host: orders-db\n  pool: 25\n", "database.yml", 25),
        ('{"client": "mysql2", "pool": {"min": 2, "max": 9}}', "knexfile.json", 9),
    ],
)
def test_a_driver_says_what_a_pool_beside_it_is_of(text, name, count):
    """Rails' adapter, Knex' client."""
    assert count == pool((text, name))[0]


def test_what_one_user_may_have_is_what_a_program_gets():
    """All instances log in as one user; the larger limit of all users is told."""
    found = made(("[mysqld]\nmax_connections = 500\nmax_user_connections = 100\n", "my.cnf"))
    (told,) = [row for row in found.read if "max_connections=500" in row.says]
    assert 100 == found.file.world.services["service"].connections_count
    assert "one user has 100" in told.why


def test_reserves_of_both_kinds_are_kept():
    """PostgreSQL keeps some for superusers, and since 16 some for a role; both lines are told."""
    found = made(("max_connections = 100\nsuperuser_reserved_connections = 3\nreserved_connections = 2\n",
                  "postgresql.conf"))  # fmt: skip
    lines = {row.line for row in found.read if row.means.endswith("reserved_connections")}
    assert (5, {2, 3}) == (found.file.world.services["service"].reserved_connections_count, lines)


def test_what_helm_prints_around_objects_is_passed_over_and_told():
    """`helm install --dry-run`: a head, marks between the objects, notes after the last."""
    text = HELM.format(deployment=DEPLOYMENT.format(container='env: [{name: DB_POOL_SIZE, value: "5"}]'))
    found = made((text, "rendered.yaml"))
    assert 5 == found.file.world.clients["app"].pool_count
    assert 2 == sum(note.startswith("Not read: rendered.yaml:") for note in found.notes)


def test_a_broken_object_is_a_fault_still():
    """What says its kind is an object, whatever is wrong with it."""
    text = DEPLOYMENT.format(container="image: x") + "---\nkind: Deployment\nspec: {a: [}\n"
    with pytest.raises(InputError, match="is not YAML"):
        made((text, "app.yaml"))


def test_a_broken_object_in_one_line_is_a_fault_too():
    """JSON says its kind in the midst of a line."""
    text = DEPLOYMENT.format(container="image: x") + '---\n{"apiVersion": "v1", "kind": "List", "items": [}\n'
    with pytest.raises(InputError, match="is not YAML"):
        made((text, "app.yaml"))


CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly}}
spec:
  schedule: "*/5 * * * *"
  concurrencyPolicy: {policy}
  jobTemplate:
    spec:
      parallelism: 20
      activeDeadlineSeconds: 600
      template: {{spec: {{containers: [{{name: c, image: x}}]}}}}
"""


@pytest.mark.parametrize(("policy", "count"), [("Allow", 40), ("Forbid", 20), ("Replace", 20)])
def test_turns_that_may_overlap_count_together(policy, count):
    """Every five minutes, for up to ten: two at once, unless it is forbidden."""
    found = world_from_files([(CRON.format(policy=policy), "cron.yaml")], Options())
    assert count == found.file.world.activities["scale"].to_count


OTHERS = """\
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {pods: "30"}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, annotations: {nginx.ingress.kubernetes.io/limit-connections: "10"}}
"""


def test_limits_of_other_objects_are_told_with_their_lines():
    """A quota, and what a proxy is told by annotations."""
    _, rows = pool((DEPLOYMENT.format(container="image: x") + OTHERS, "app.yaml"))
    assert "may hold pods back" in rows["ResourceQuota q hard.pods: 30"]
    assert any("limit-connections: 10" in says and "proxy before" in why for says, why in rows.items())
