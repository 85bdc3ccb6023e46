"""What a case has at hand: the server, what passes between it and the gate, and where findings are noted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from control_plane import ControlPlane, Said
from objects import NAMESPACE, webhooks
from review_recorder import Exchange, Recorder


@dataclass
class Bench:
    """A running server with the gate before it.

    Parameters
    ----------
    plane
        The server.
    recorder
        What passed between it and the gate.
    authority
        The file of who signed the certificates.
    found
        What each case saw, in order, as the page keeps it.
    reviews
        What the server asked in each case, and what it was answered.
    """

    plane: ControlPlane
    recorder: Recorder
    authority: Path
    found: list[dict[str, Any]] = field(default_factory=list)
    reviews: dict[str, list[Exchange]] = field(default_factory=dict)

    def register(self, port: int | None = None, **said: Any) -> None:
        """Put the webhooks where the server finds them: those of the recorder unless another port is said."""
        for one in webhooks(port or self.recorder.port, self.authority, **said):
            self.plane.must("apply", "-f", "-", given=one)
        time.sleep(2)  # the server reads them within a second or so

    def forget(self) -> None:
        """Take the webhooks away."""
        for kind in ("validating", "mutating"):
            self.plane.must("delete", f"{kind}webhookconfiguration", "tidegate", "--ignore-not-found")
        time.sleep(2)

    def make(self, *objects: dict[str, Any]) -> None:
        """Make objects, or change them to be so."""
        for one in objects:
            self.plane.must("apply", "-f", "-", given=one)

    def count(self, name: str, kind: str = "deployment", namespace: str = NAMESPACE) -> int:
        """Return the size that a workload is meant to have."""
        return int(self.plane.read(kind, name, "-n", namespace)["spec"]["replicas"])

    def note(
        self, name: str, title: str, *said: Said, holds: bool, expected: str, mark: int | None = None,
        wanted: Callable[[Exchange], bool] = lambda _one: True, **seen: Any,
    ) -> None:  # fmt: skip
        """Note what a case saw.

        Parameters
        ----------
        name, title
            Of the case.
        said
            What kubectl said.
        holds, expected
            Whether it is as it should be, and how that is.
        mark, wanted
            Since when reviews are counted, and which; None where the server spoke with the gate itself.
        seen
            What else was seen.
        """
        reviews = [] if mark is None else self.recorder.since(mark, wanted)
        self.reviews[name] = reviews
        case = {
            "name": name, "title": title, "expected": expected, "holds": holds,
            "said": [one.as_kept() for one in said], "reviews": None if mark is None else told(reviews), **seen,
        }  # fmt: skip
        self.found.append(case)
        sys.stdout.write(f"{'as expected' if holds else 'OTHERWISE  '}  {name}: {title}\n")
        sys.stdout.flush()


def told(exchanges: Iterable[Exchange]) -> list[dict[str, Any]]:
    """Return what was asked and answered, in short."""
    return [
        {
            "path": one.path.rpartition("/")[2],
            "about": one.about,
            "operation": one.request["operation"],
            "by": one.request["userInfo"]["username"],
            "dry_run": bool(one.request.get("dryRun")),
            "allowed": one.response["allowed"],
            "is_patched": "patch" in one.response,
            "verdict": one.response.get("auditAnnotations", {}).get("verdict", ""),
        }
        for one in exchanges
    ]


def until(is_so: Callable[[], bool], within_s: float, every_s: float = 1.0) -> bool:
    """Wait until something is so; return whether it became so."""
    until_s = time.monotonic() + within_s
    while True:
        if is_so():
            return True
        if time.monotonic() > until_s:
            return False
        time.sleep(every_s)
