"""What was worked out before, so that an answer is a look-up? Limits by size, and verdicts on whole changes.

Nothing is run here and no engine is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.curve import Limit, limit_at
from tidegate.gate.asking.ruling import Word
from tidegate.gate.change.plan import Plan, SizeChange

FORMAT = 1
_ALLOWED = "what `tidegate gate` keeps"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What runs said of one change.

    Parameters
    ----------
    verdict
        Of the change as it was asked about.
    why
        A sentence.
    activity
        Which activity of the world that is.
    limit
        How far one thing may grow from the size it begins at; None of a change of several things.
    runs_count, seed
        How many runs were made, and from which seed; 0 and None where none were.
    numbers
        The numbers of the world that decide, by path: each with where it comes from.
    """

    verdict: Word
    why: str
    activity: str = ""
    limit: Limit | None = None
    runs_count: int = 0
    seed: int | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Known:
    """All that was worked out for one world.

    Parameters
    ----------
    digest, version
        Of the world, and of the Tidegate that worked it out: for another nothing of it holds.
    """

    digest: str
    version: str
    _limits: dict[str, dict[float, Found]] = field(default_factory=dict)
    _verdicts: dict[str, Found] = field(default_factory=dict)

    def of_size(self, system: str, change: SizeChange) -> Found | None:
        """Return what is known of one growth from its size on; None where nothing is."""
        by_size = self._limits.get(f"{system} {change.address}", {})
        limits = tuple(one.limit for _, one in sorted(by_size.items()) if one.limit is not None)
        assert change.before_count is not None
        exact = by_size.get(float(change.before_count))
        if exact is not None or not limits:
            return exact
        limit = limit_at(limits, float(change.before_count))
        return None if limit is None else by_size[limit.at]

    def of_plan(self, plan: Plan) -> Found | None:
        """Return what is known of a whole change; None where nothing is."""
        return self._verdicts.get(key_of(plan))

    def holds(self, plan: Plan) -> bool:
        """Return whether a change was worked out before."""
        [*changes] = plan.changes
        of_size = len(changes) == 1 and changes[0].before_count is not None
        return self.of_plan(plan) is not None or (
            of_size and self.of_size(plan.system, changes[0]) is not None
        )

    def take(self, plan: Plan, found: Found) -> None:
        """Take in what runs said of a change."""
        if found.limit is None:
            self._verdicts[key_of(plan)] = found
            return
        [change] = plan.changes
        self._limits.setdefault(f"{plan.system} {change.address}", {})[found.limit.at] = found

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._verdicts) + sum(map(len, self._limits.values()))

    def text(self) -> str:
        """Return it as a file holds it."""
        document = {
            "format": FORMAT,
            "world_digest": self.digest,
            "tidegate_version": self.version,
            "limits": {
                name: [asdict(one) for _, one in sorted(by_size.items())]
                for name, by_size in sorted(self._limits.items())
            },
            "verdicts": {key: asdict(one) for key, one in sorted(self._verdicts.items())},
        }
        return json.dumps(document, indent=1) + "\n"

    def read(self, text: str, source: str) -> None:
        """Take in what a file holds; nothing of it where it is of another world or version.

        Raises
        ------
        InputError
            If it is no such file.
        """
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise KeyError  # noqa: TRY301  one fault for all that it is not
            if (document["world_digest"], document["tidegate_version"]) != (self.digest, self.version):
                return
            limits = {
                str(name): {one.limit.at: one for one in map(_found, kept) if one.limit is not None}
                for name, kept in document["limits"].items()
            }
            verdicts = {str(key): _found(one) for key, one in document["verdicts"].items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise InputError(Fault(what="is not kept limits", value=source, allowed=_ALLOWED)) from None
        self._limits |= limits
        self._verdicts |= verdicts


def _found(kept: Mapping[str, object]) -> Found:
    limit = kept["limit"]
    return Found(**{**kept, "limit": None if limit is None else Limit(**limit)})  # type: ignore[arg-type]


def key_of(plan: Plan) -> str:
    """Return what makes two plans the same question."""
    sizes = (
        f"{one.address} {one.before_count}-{one.after_count}{' at most' * one.is_allowed}{one.unit}"
        for one in plan.changes
    )
    anew = (f"{one.address} anew" for one in plan.reconnects)
    others = (f"{address} {','.join(names)}" for address, names in plan.resources)
    return f"{plan.system}: {'; '.join(sorted({*sizes, *anew, *others, *plan.doubts}))}"
