"""Which few protections are worth a try before *stop* is said? The cheapest sets of what sums offer.

The whole search, with margin in every assumed number, is `smallest`; here nothing is searched or proven.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.judging.fits import now_text
from tidegate.evaluate.judging.remedy import Remedy, Setting
from tidegate.protect.offer import Offer, sets_of, together
from tidegate.protect.offers import offers_for
from tidegate.protect.ordinary import steady_flows_per_s
from tidegate.protect.protection import protection_of, value_text
from tidegate.protect.setting_kinds import canonical
from tidegate.protect.turns import longer_time_outs
from tidegate.protect.widening import more_instances
from tidegate.world.file.called import called
from tidegate.world.world import WorldFile

_MOST_SINGLES = 4
_MOST_RAISED = 1
_MOST_LARGER = 2
_MOST_PARTS = 3


def first_remedies(file: WorldFile, activity: str | None, *, singly: bool = False) -> Iterator[Remedy]:
    """Yield the protections to try, the ones that ask least first.

    Settings one by one; a limit that stands in the way, raised, and all of them together; more instances of
    what cannot do what it is asked; then two and three settings at once: in turn those that help in more than
    one way, and the fewest that ask least.

    Parameters
    ----------
    file, activity
        The world, and what is to be made safe in it.
    singly
        Whether only what is set alone is wanted, all that there is.
    """
    offers = offers_for(file, activity, steady_flows_per_s(file))
    settings = [offer for offer in offers if offer.asks == "setting"]
    more = tuple(more_instances(file, activity))
    if singly:
        alone = [*(offer for offer in offers if offer.asks in {"setting", "limit"}), *more]
        alone += longer_time_outs(file, activity)
        yield from (_remedy(file, activity, kept) for kept in sets_of(alone, most_count=1))
        return
    needed = [offer for offer in settings if offer.is_needed]
    singles = sets_of(settings, most_count=1)[:_MOST_SINGLES]
    limits = [offer for offer in offers if offer.asks == "limit"]
    raised = sets_of([*needed, *limits], most_count=1 + len(needed)) if limits else []
    raised = [kept for kept in raised if any(offer.asks == "limit" for offer in kept)][:_MOST_RAISED]
    raised += [(*needed, *limits)] if 1 < len(limits) <= _MOST_PARTS else []
    larger = [(*needed, one) for one in more[:_MOST_LARGER]]
    several = [kept for kept in sets_of(settings, most_count=_MOST_PARTS) if len(kept) > 1]
    # What cuts the queue, tames the clients and limits the device at once is likelier to be enough. Else, and
    # where there is something that nothing is enough without, the fewest that turn nobody away.
    varied = sorted(several, key=lambda kept: -len({offer.refuses for offer in kept}))
    mixed = several if needed else [kept for both in zip(varied, several, strict=True) for kept in both]
    told: set[str] = set()
    for remedy in (_remedy(file, activity, kept) for kept in (*singles, *raised, *larger, *mixed)):
        if remedy.name not in told:
            told.add(remedy.name)
            yield remedy


def _remedy(file: WorldFile, activity: str | None, kept: tuple[Offer, ...]) -> Remedy:
    elements = protection_of(file, together(kept), activity=activity or "", otherwise="").elements
    reasons = {one.path: one.reason for one in elements}
    return Remedy(
        name=" and ".join(offer.name for offer in kept),
        settings=tuple(
            Setting(
                path=path,
                value=value_text(path, value),
                now=now_text(file, path),
                name=called(path, file.world),
                because=reasons.get(canonical(path), ""),
            )
            for path, value in together(kept).items()
        ),
    )
