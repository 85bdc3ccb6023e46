"""Write docs/evidence/laws.md: laws that hold for any world, asked of `check`, and verbs asked of each other.

Run it with the development environment: ``python docs/generate_laws.py [NASTY] [PLAIN] [ACTING]``. The page is the
same every time on one platform and version.
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from one_answer import Answer, acting_tree, one_answer  # noqa: E402
from tidegate.errors import InputError  # noqa: E402
from tidegate.world.file.read import read_world  # noqa: E402
from world_laws import (  # noqa: E402
    EXPLAINED,
    LONG,
    RUNS_COUNT,
    Tree,
    broken_laws,
    broken_monotony,
    own_trees,
    plain_trees,
    random_trees,
)

PAGE = ROOT / "docs" / "evidence" / "laws.md"
COUNTS = (20, 20, 8)
HEAD = f"""# Laws that hold for any world

Written by `python docs/generate_laws.py`; do not edit. Each law changes a world in a way that must leave the answer
of `check` alone, or must not better it, and compares the answers: {RUNS_COUNT} runs a case, and two numbers of
collapsing runs differ where Fisher's exact test says so at one in 100,000. Nasty worlds are drawn by
`tests/nasty_worlds.py`; plain ones by `tests/world_laws.py`, with one narrow place and nothing that reacts.
"""
MIDDLE = """
## No two verbs contradict each other

`check` says *proceed* where, and only where, `ramp` runs as planned, `protect` needs nothing and `headroom` calls what
is planned safe; *slow down* has a ramp; `map` and `escape` see a collapse where `check` does. Asked of worlds with
one narrow place in which somebody acts, drawn by `tests/one_answer.py`.
"""
Ask = Callable[[Tree, Executor], Iterator[tuple[str, str]]]


class _Tally:
    """How many worlds were asked of each law, and what broke it."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.broken: list[tuple[str, str, str]] = []

    def ask(self, trees: Iterable[tuple[str, Tree]], laws: Ask, executor: Executor) -> None:
        for title, tree in trees:
            for law, says in laws(tree, executor):
                self.asked[law] += 1
                if says:
                    self.broken.append((law, title, says))
            print(title, flush=True)  # noqa: T201

    def rows(self) -> Iterator[str]:
        yield "| law | worlds asked | broken |"
        yield "| --- | --- | --- |"
        counts = Counter(law for law, _, _ in self.broken)
        yield from (f"| {law} | {many} | {counts[law]} |" for law, many in self.asked.items())
        for law, title, says in self.broken:
            yield f"\n*{law}*, `{title}`: {says}. {EXPLAINED.get((law, title), 'Not explained.')}"


def _answers(count: int, executor: Executor) -> Iterator[Answer]:
    seed = 0
    while count:
        try:
            file = read_world(json.dumps(acting_tree(seed)), "acting.yaml")
        except InputError:
            continue
        finally:
            seed += 1
        count -= 1
        yield one_answer(file, "act", executor)


def _page(nasty: int, plain: int, acting: int, executor: Executor) -> Iterator[str]:
    same, narrower = _Tally(), _Tally()
    same.ask(((title, tree) for title, tree in own_trees() if title not in LONG), broken_laws, executor)
    same.ask(random_trees(nasty), broken_laws, executor)
    same.ask(plain_trees(plain), broken_laws, executor)
    narrower.ask(plain_trees(plain), broken_monotony, executor)
    answers = list(_answers(acting, executor))
    yield HEAD
    yield "## Must leave the answer alone\n"
    yield from same.rows()
    yield f"\nNot asked for this page, but by `make evidence`: {', '.join(sorted(LONG))}."
    yield "\n## Must not better the answer, where one place is narrow\n"
    yield from narrower.rows()
    yield MIDDLE
    words = Counter(one.verdict for one in answers)
    yield f"{len(answers)} worlds ({', '.join(f'{many} {word}' for word, many in words.items())}). Contradictions:"
    found = [f"- {one.title}: {said}" for one in answers for said in one.contradictions]
    yield "\n" + ("\n".join(found) or "none.")


def main() -> None:
    """Write the page."""
    given = tuple(int(text) for text in sys.argv[1:])
    with ThreadPoolExecutor(1) as executor:
        PAGE.write_text("\n".join(_page(*(given or COUNTS), executor)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
