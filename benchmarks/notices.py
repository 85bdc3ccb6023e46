"""How fast are 25,000 notices told, what does a kill cost, and do slow receivers slow the others?

Receivers listen on this machine only, in a process of their own; the sender is the command
`tidegate notify run`, in a process that is killed (kill -9) and started again. Counted is what receivers
got, by the id that every notice has: `lost` never came, `again` came more than once on the wire,
`in_doubt` were being handed over when the sender was killed, `again_not_in_doubt` came again and were not,
and `unknown_again` came again under another id, which no receiver could tell.

    python benchmarks/notices.py [--notices 25000] [--kills 3] [--often 20] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from circumstances import circumstances

from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.journal_state import read_state
from tidegate.inform.resumption import IN_DOUBT
from tidegate.journal.entry import Draft

ROOT = Path(__file__).parents[1]
TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
HOSTS_COUNT = 100
HANGING_COUNT = 300
SLOW_MS = 50
BATCH = 1_000


class Sinks:
    """The receivers' process."""

    def __init__(self, answer_ms: int) -> None:
        counts = [str(HOSTS_COUNT), str(HANGING_COUNT), str(answer_ms)]
        words = [sys.executable, str(ROOT / "tests" / "notice_sinks.py"), *counts]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ports = self._line()

    def _line(self) -> Any:
        return json.loads(self.process.stdout.readline())

    def ask(self, what: str) -> Any:
        """Ask for ``count`` or ``ids``."""
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self._line()

    def count(self) -> int:
        """Return how many different notices came."""
        return sum(self.ask("count").values())


@contextmanager
def sinks(answer_ms: int) -> Iterator[Sinks]:
    """Give receivers that answer so late."""
    found = Sinks(answer_ms)
    try:
        yield found
    finally:
        found.process.stdin.close()
        found.process.wait(30)


def prepare(folder: Path, notices_count: int, ports: dict[str, Any], *, hanging_count: int = 0) -> None:
    """Begin a journal with subscriptions, half webhooks and half mail, and one published update.

    Webhooks are spread over many ports of this machine, as they are over many hosts elsewhere.
    """
    drafts: list[Draft] = []
    for number in range(notices_count + hanging_count):
        subject = f"s{number:011d}"
        if number >= notices_count:
            where = ("webhook", f"http://127.0.0.1:{ports['hanging'][number % HANGING_COUNT]}/{number}")
        elif number % 2:
            where = ("webhook", f"http://127.0.0.1:{ports['hooks'][number // 2 % HOSTS_COUNT]}/{number}")
        else:
            where = ("email", f"ann{number}@example.org")
        asked = {"channel": where[0], "address": where[1]}
        drafts.append(Draft(kind="subscription.asked", subject=subject, payload=asked))
        drafts.append(Draft(kind="subscription.confirmed", subject=subject))
    text = "Sign-in fails since 12:00 UTC.\nAffected: buyers (paying).\nWe speak again by 12:20 UTC."
    opened = {"title": "Sign-in fails", "since_s": time.time(), "source": "operator"}
    drafts.append(
        Draft(
            kind="outage.opened",
            subject="outage000000",
            payload={**opened, "components": {"login": "major_outage"}},
        )
    )
    drafts.append(Draft(kind="outage.moved", subject="outage000000", payload={"event": "confirm"}))
    words = {"update": "update000000", "texts": {"en": text}, "next_s": time.time() + 1200}
    with closing(begin_journal(folder, site="bench")) as journal:
        for start in range(0, len(drafts), BATCH):
            journal.append(drafts[start : start + BATCH])
        time.sleep(0.01)  # published after all had agreed
        journal.append([Draft(kind="update.published", subject="outage000000", payload=words)])


def sender(folder: Path, ports: dict[str, Any]) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "TIDEGATE_DATA": str(folder),
        "TIDEGATE_NETWORKS": "127.0.0.0/8",
        "TIDEGATE_MAIL_SERVER": f"smtp://127.0.0.1:{ports['mail']}",
        "TIDEGATE_MAIL_FROM": "status@example.org",
    }
    return subprocess.Popen([TIDEGATE, "notify", "run"], env=environment, stdout=subprocess.DEVNULL)


def told(
    folder: Path, notices_count: int, *, kills_count: int, hanging_count: int, answer_ms: int
) -> dict[str, object]:
    """Let all be told, with so many kills on the way; return what was counted."""
    with sinks(answer_ms) as receivers:
        prepare(folder, notices_count, receivers.ports, hanging_count=hanging_count)
        began_s = time.perf_counter()
        process = sender(folder, receivers.ports)
        killed = 0
        while (came := receivers.count()) < notices_count:
            if killed < kills_count and came >= (killed + 1) * notices_count / (kills_count + 1):
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
                process = sender(folder, receivers.ports)
            if process.poll() is not None:  # it ended: what is left waits for another try
                process = sender(folder, receivers.ports)
            time.sleep(0.1)
        spent_s = time.perf_counter() - began_s
        if hanging_count:
            process.terminate()  # the others hang for as long as they like
        process.wait()
        ids = receivers.ask("ids")
    return {
        "notices_count": notices_count,
        "hanging_receivers_count": hanging_count,
        "answers_after_s": answer_ms / 1000,
        "kills_count": killed,
        "spent_s": spent_s,
        "per_s": notices_count / spent_s,
        "load": os.getloadavg()[0],
        **counted(folder, {**ids["hook"], **ids["mail"]}),
    }


def counted(folder: Path, ids: dict[str, int]) -> dict[str, int]:
    """Return what the receivers got against what the journal planned."""
    with closing(open_journal(folder)) as journal:
        deliveries = read_state(journal)[0].deliveries
        in_doubt = {
            entry.subject for _, entry in journal.entries() if entry.payload.get("outcome") == IN_DOUBT
        }
    done = {name for name, one in deliveries.items() if one.outcome == "delivered"}
    return {
        "lost_count": len(done - ids.keys()),
        "again_count": sum(ids.values()) - len(ids),
        "in_doubt_count": len(in_doubt),
        "again_not_in_doubt_count": len({name for name, times in ids.items() if times > 1} - in_doubt),
        "unknown_again_count": len(ids.keys() - deliveries.keys()),
        "written_delivered_count": len(done),
        "attempted_count": sum(one.attempts_count for one in deliveries.values()),
    }


def main() -> None:
    """Read the command line, measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=25_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--often", type=int, default=20, help="kills in the run that counts what each costs")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = {}
    for name, kills, hanging, answer_ms in (
        ("alone", 0, 0, 0),
        ("killed", given.kills, 0, 0),
        ("killed_often", given.often, 0, 0),
        ("killed_slow_answers", given.kills, 0, SLOW_MS),
        ("beside_hanging_receivers", 0, HANGING_COUNT, 0),
    ):
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            found[name] = told(
                Path(folder) / "data",
                given.notices,
                kills_count=kills,
                hanging_count=hanging,
                answer_ms=answer_ms,
            )
            print(name, json.dumps(found[name]), file=sys.stderr)
    text = json.dumps(circumstances() | {"notices": found}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
