"""Recipes: the worlds that everybody has, each with the few numbers to ask for (`tidegate init --for`).

A number that nobody has stated stays a guess with its range, so that `check` says where it decides; a size
that has none is named when the world is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from tidegate.world.file.edit import edit
from tidegate.world.file.read import read_world


@dataclass(frozen=True, kw_only=True)
class Question:
    """One number that a recipe asks for.

    Parameters
    ----------
    asks
        The question.
    find
        Where the number is found: a command, or where to look.
    paths
        Dotted paths of the world that take it; the first is shown as it stands.
    """

    asks: str
    find: str
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A world that many have, and what it asks for.

    Parameters
    ----------
    name
        As `--for` takes it.
    title
        Whose world it is.
    questions
        The numbers that decide most, in the order to ask for them.
    """

    name: str
    title: str
    questions: tuple[Question, ...]

    def taken_for_true(self, answers: Mapping[str, object]) -> tuple[str, ...]:
        """Return the paths of what is asked for, was not answered, and has no range: `check` cannot doubt it.

        Parameters
        ----------
        answers
            As for `answered`.
        """
        guesses = read_world(self.text, self.name).estimates
        asked = (one.paths[0] for one in self.questions)
        return tuple(path for path in asked if path not in answers and path not in guesses)

    @property
    def text(self) -> str:
        """The world's text; what is in braces is a guess."""
        folder = resources.files(__package__).joinpath("recipes")
        return folder.joinpath(f"{self.name}.yaml").read_text(encoding="utf-8")

    def answered(self, answers: Mapping[str, object]) -> str:
        """Return the world's text with answers in place of guesses; nothing else of it changes.

        Parameters
        ----------
        answers
            Quantities as a world file writes them, by path. What answers a question goes to all its paths.

        Raises
        ------
        InputError
            If an answer is no such quantity, or does not fit with the others.
        """
        wanted: dict[str, object] = {}
        for path, value in answers.items():
            asked = next((one.paths for one in self.questions if one.paths[0] == path), (path,))
            wanted |= dict.fromkeys(asked, value)
        return edit(self.text, f"{self.name}.yaml", wanted).text if wanted else self.text


def _grows(population: str, what: str, before: str, after: str) -> tuple[Question, Question]:
    """Return the two questions of a fleet that grows: its size before, and after."""
    return (
        Question(
            asks=f"How many {what} run now?",
            find=before,
            paths=(f"clients.{population}.population", "activities.grow.from"),
        ),
        Question(asks=f"How many {what} after the change?", find=after, paths=("activities.grow.to",)),
    )


_REPLICAS = "kubectl get deployment NAME -o jsonpath={.spec.replicas}"
_AFTER = "the replicas of your change, or the autoscaler's maximum: it may come to that"

RECIPES = (
    Recipe(
        name="kubernetes-database",
        title="pods in Kubernetes, each with a pool, and their database",
        questions=(
            *_grows("pods", "pods", _REPLICAS, _AFTER),
            Question(
                asks="How many connections does one pod keep, all its processes together?",
                find="select client_addr, count(*) from pg_stat_activity group by 1",
                paths=("clients.pods.pool",),
            ),
            Question(
                asks="How many connections does the database accept?",
                find="SHOW max_connections (MySQL: show variables like 'max_connections')",
                paths=("services.database.connections",),
            ),
        ),
    ),
    Recipe(
        name="nat-egress",
        title="instances that reach an outside service through a NAT gateway",
        questions=(
            *_grows(
                "instances",
                "instances",
                "the size of the group, or of the node pool",
                "the size in your change",
            ),
            Question(
                asks="How many requests a second do all of them make to it now?",
                find="your metrics; CloudWatch has the NAT gateway's ConnectionAttemptCount a minute",
                paths=("clients.instances.demand.rate",),
            ),
            Question(
                asks="How many addresses does the outside service's name have?",
                find="dig +short NAME | wc -l",
                paths=("services.provider.addresses",),
            ),
        ),
    ),
    Recipe(
        name="mesh",
        title="two services in a mesh, with retries in the application and in the sidecar",
        questions=(
            *_grows("frontend", "pods of the calling service", _REPLICAS, _AFTER),
            Question(
                asks="How many requests a second do all of them make now?",
                find='sum(rate(istio_requests_total{destination_workload="BACKEND"}[5m]))',
                paths=("clients.frontend.demand.rate",),
            ),
            Question(
                asks="How many pods has the called service?",
                find=_REPLICAS,
                paths=("services.backend.instances",),
            ),
            Question(
                asks="How many requests does one of them work on at a time?",
                find="its worker threads or processes",
                paths=("services.backend.concurrency",),
            ),
            Question(
                asks="How long does it take for one?",
                find="istio_request_duration_milliseconds at the called side, mean",
                paths=("services.backend.service_time",),
            ),
        ),
    ),
    Recipe(
        name="dns",
        title="pods that look names up in the cluster's DNS",
        questions=(
            *_grows(
                "pods", "pods", "kubectl get pods -A --no-headers | wc -l", "the number after your change"
            ),
            Question(
                asks="How many new connections a second do all of them open now?",
                find="rate(coredns_dns_requests_total[5m]) / 10, where each asks for ten names",
                paths=("clients.pods.demand.rate",),
            ),
            Question(
                asks="How many DNS pods run?",
                find="kubectl -n kube-system get deployment coredns -o jsonpath={.spec.replicas}",
                paths=("services.dns.instances",),
            ),
        ),
    ),
    Recipe(
        name="broker",
        title="a broker or cache to which everyone keeps a connection",
        questions=(
            Question(
                asks="How many clients are connected now?",
                find="its own count: redis-cli info clients, rabbitmqctl list_connections, …",
                paths=("clients.clients.population",),
            ),
            Question(
                asks="How many nodes has it?",
                find="its own list of nodes",
                paths=("services.broker.instances", "activities.restart.batches"),
            ),
            Question(
                asks="How much processor time does a new connection cost (TLS, log-in, subscriptions)?",
                find="connect 1,000 clients to a test node: processor seconds ÷ 1,000",
                paths=("services.broker.setup_time",),
            ),
        ),
    ),
)
"""The worlds that can be asked for."""

STARTER = Recipe(name="starter", title="web workers behind a gateway, and a database", questions=())
"""A small world that shows the most usual keys, for whoever finds none of those near enough."""
