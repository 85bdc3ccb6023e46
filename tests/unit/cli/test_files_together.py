"""Several files in one `check`: what was read stands in the text, the JSON and the report alike."""

from __future__ import annotations

import json
import re
import sys

import pytest

from tidegate.cli.main import main

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
      - name: orders
        env:
        - {name: DATABASE_URL, value: "postgres://orders:hunter2@pgbouncer:6432/orders"}
        - {name: DB_POOL_SIZE, value: "5"}
        - {name: WEB_CONCURRENCY, value: "4"}
        - {name: THREAD_POOL_SIZE, value: "8"}
"""
POOLER = """\
[databases]
orders = host=orders-db port=5432
[pgbouncer]
pool_mode = transaction
max_client_conn = 60
default_pool_size = 9
"""
QUICK = ("--scale", "2:4", "--runs", "1", "--set", "horizon=20s", "--rate", "5/s")


@pytest.fixture(name="run")
def run_in_process(monkeypatch, capsys, tmp_path):
    """Run the command line beside the files; give exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.yaml").write_text(APP)
    (tmp_path / "pgbouncer.ini").write_text(POOLER)
    (tmp_path / "postgresql.conf").write_text("max_connections = 100\n")
    (tmp_path / "redis.conf").write_text("maxclients 500\n")

    def ran(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    return ran


def test_what_was_read_is_the_same_in_text_json_and_report(run, tmp_path):
    """80 connections of 60: each number with file, line and meaning; what joins nothing with the reason."""
    files = ("app.yaml", "pgbouncer.ini", "postgresql.conf", "redis.conf")
    code, text, _ = run("check", *files, *QUICK, "--more", "--report", "r.html")
    assert code in {3, 5}
    assert "accepts 60 connections, and 80 are wanted" in " ".join(text.split())
    report = (tmp_path / "r.html").read_text()
    _, said, _ = run("check", *files, *QUICK, "--no-report", "--format", "json")
    rows = json.loads(said)["verdicts"][0]["read"]
    told = {row["says"]: row for row in rows}
    assert ("clients.app.pool", "20") == (told["DB_POOL_SIZE=5"]["means"], told["DB_POOL_SIZE=5"]["value"])
    assert ("app.yaml", 13) == (told["DB_POOL_SIZE=5"]["source"], told["DB_POOL_SIZE=5"]["line"])
    assert "services.orders_db.connections" == told["max_connections=100"]["means"]
    assert "it joins nothing" in told["maxclients=500"]["why"]
    assert "hunter2" not in text + said + report
    plain = re.sub(r"\s+", " ", text)
    for row in rows:
        assert row["says"] in plain
        assert row["says"].replace("&", "&amp;") in report


def test_all_faults_of_several_files_come_at_once(run, tmp_path):
    """What must be rendered, and a world file among others."""
    (tmp_path / "world.yaml").write_text("networks: {a: {}}\n")
    (tmp_path / "values.yaml").write_text("replicaCount: 2\nimage: {tag: x}\n")
    code, _, said = run("check", "app.yaml", "world.yaml", "values.yaml", *QUICK)
    assert 2 == code
    assert "tidegate adopt" in said
    assert "helm template CHART -f values.yaml" in " ".join(said.split())


def test_settings_alone_are_a_world_with_a_change_of_size(run, tmp_path):
    """Spring's, as YAML, of which one pool is known."""
    (tmp_path / "application.yml").write_text("spring: {datasource: {hikari: {maximum-pool-size: 25}}}\n")
    _, text, _ = run("check", "application.yml", *QUICK, "--connections", "60", "--no-report", "--more")
    plain = " ".join(text.split())
    assert "accepts 60 connections, and 100 are wanted" in plain
    assert "application.yml:1 spring.datasource.hikari.maximum-pool-size=25" in plain


def test_a_world_file_alone_reads_no_files(run, tmp_path):
    """Its verdict holds an empty list, and its text says nothing of it."""
    (tmp_path / "w.yaml").write_text(
        "networks: {a: {}, b: {}}\ncrossings: {x: {between: [a, b]}}\nservices: {s: {network: b}}\n"
        "clients: {c: {network: a, service: s, demand: {kind: closed, think: 1s}}}\nhorizon: 20s\n"
        "triggers: {t: {at: 5s, set: {services.s.service_time: 2ms}}}\n"
    )
    _, said, _ = run("check", "w.yaml", "--runs", "1", "--no-report", "--format", "json")
    assert [] == json.loads(said)["verdicts"][0]["read"]
