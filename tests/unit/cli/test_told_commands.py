"""What was given and is not used, or changes nothing, is told in the answer of the command line."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from tidegate.cli.main import main

PODS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 3
  progressDeadlineSeconds: 5
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      terminationGracePeriodSeconds: 120
      serviceAccountName: api
      dnsPolicy: Default
      hostNetwork: true
      initContainers: [{name: migrate, image: y}]
      containers:
        - name: api
          image: x
          startupProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5, failureThreshold: 100}
          lifecycle: {preStop: {exec: {command: [sleep, "30"]}}}
          resources: {limits: {cpu: 100m}}
        - {name: sidecar, image: b}
"""
WORLD = """\
name: silent
horizon: 1min
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b]}}
services: {web: {network: b, concurrency: 100, service_time: 5ms}}
clients:
  app: {network: a, service: web, population: 20, timeout: 2s, demand: {kind: open, rate: 0/s}}
  nobody: {network: a, service: web, population: 0, timeout: 5s, connection: keep_alive}
"""
SILENT = "app asks for nothing, since clients.app.demand.rate is 0/s"
GROW = "activities: {grow: {from: 20, to: 2000, at: 20s, clients_added: app}}\n"
SET = "triggers: {more: {at: 10s, set: {clients.app.population: 2000}}, x: {at: 20s, reconnect: app}}\n"
FASTER = GROW.replace("clients_added: app", "service: web, clients_added: app")


@pytest.fixture(name="answer")
def check_in_process(tmp_path, monkeypatch, capsys):
    """Check a text; returns the text of the answer, its breaks undone, and the notes of its JSON."""
    monkeypatch.chdir(tmp_path)

    def run(text, *words):
        (tmp_path / "asked.yaml").write_text(text)
        answers = []
        for more in ((), ("--format", "json")):
            asked = ["check", "asked.yaml", "--no-report", "--more", "--runs", "1", *words, *more]
            monkeypatch.setattr(sys, "argv", ["tidegate", *asked])
            with pytest.raises(SystemExit):
                main()
            answers.append(capsys.readouterr().out)
        shown, document = answers
        notes = json.loads(document)["verdicts"][0]["notes"]
        return SimpleNamespace(shown=" ".join(shown.split()), notes=notes)

    return run


def test_what_a_workload_holds_and_is_not_used_is_told(answer):
    """What bears on start and stop in full; of the rest the first in the text, and all in the JSON."""
    found = answer(PODS, "--scale", "3:6")
    starting = (
        "Not used, and it bears on start and stop: replicas, progressDeadlineSeconds, "
        "terminationGracePeriodSeconds, initContainers, containers.api.startupProbe.failureThreshold, "
        "containers.api.lifecycle, containers.api.resources, containers.sidecar of Deployment api."
    )
    besides = (
        "Not used besides: serviceAccountName, dnsPolicy, hostNetwork, containers.api.image, "
        "containers.api.startupProbe.httpGet of Deployment api."
    )
    assert [starting, besides] == found.notes[:2]
    assert starting in found.shown


def test_a_long_list_of_what_is_not_used_is_counted_in_the_text(answer):
    """The first four and how many more there are; the JSON holds them all."""
    many = PODS.replace("hostNetwork: true", "hostNetwork: true\n      hostname: a\n      subdomain: b")
    found = answer(many, "--scale", "3:6")
    short = "Not used besides: serviceAccountName, dnsPolicy, hostNetwork, hostname and 3 more of Deployment"
    assert short in found.shown
    assert "subdomain" not in found.shown
    assert any("subdomain" in note for note in found.notes)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (GROW, f"The activity grow changes nothing: {SILENT}."),
        (FASTER, f"activities.grow.clients_added changes nothing: {SILENT}."),
        ("triggers: {none: {at: 15s, reconnect: nobody}, x: {at: 20s, reconnect: app}}\n",
         "The trigger none changes nothing: none of nobody reconnects."),
        (SET.replace("reconnect: app", "set: {services.web.concurrency: 9}"),
         f"The trigger more changes nothing: {SILENT}."),
        ("activities: {drain: {kind: reconnect, reactions: [{clients: nobody, spread: 9s}]}}\n",
         "The activity drain changes nothing: all is as it was before."),
    ],
)  # fmt: skip
def test_what_adds_no_demand_and_no_connections_is_told(answer, more, words):
    """Clients that ask for nothing, and a reconnection of nobody."""
    found = answer(WORLD + more)
    assert words in found.notes
    assert words in found.shown


@pytest.mark.parametrize("more", [SET, GROW.replace("app}", "nobody}").replace("20, to", "0, to")])
def test_what_adds_connections_is_not_told(answer, more):
    """More clients of whom all reconnect later, and clients that keep connections."""
    assert [] == [note for note in answer(WORLD + more).notes if "changes nothing" in note]
