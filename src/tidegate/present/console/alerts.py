"""What do the alerts of an outage say? Words, runbook, links and labels, and which component they mean.

Everything here was sent by other machines: it is shown as text, and only web addresses become links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import CONSOLE, Reader, form, more, section
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import clean, line
from tidegate.track.alert import SeenAlert
from tidegate.track.correlate import LABELS, Bindings
from tidegate.track.outage import Outage
from tidegate.track.proposal import Proposal

SHOWN = 50
NONE = "-"
"""What the form says for a label that means no component any more: left empty, nothing was chosen."""
_FIRST = 3
_CUT = 600


@dataclass(frozen=True, kw_only=True)
class AlertSight:
    """What is shown beside the alerts themselves.

    Parameters
    ----------
    means
        The title of the component that each alert means, by the alert's key; empty for none.
    components
        The components that it could mean: title by id.
    bindings
        What operators said that a label's name and value mean: a component's id.
    """

    means: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    bindings: Bindings = field(default_factory=dict)


def alerts_part(reader: Reader, seen: Sequence[SeenAlert], sight: AlertSight, own: str) -> Html:
    """Return the alerts of an outage, those that fire first; nothing where there are none."""
    if not seen:
        return join()
    firing = [one for one in seen if one.is_firing]
    shown = [*firing, *(one for one in seen if not one.is_firing)][:SHOWN]
    rows = [_alert(reader, one, sight, own) for one in shown]
    told = f"{len(firing):,} of {len(seen):,} still fire" if len(seen) > 1 else _state(reader, seen[0])
    parts = [tag("div", *rows[:_FIRST])]
    if rest := rows[_FIRST:]:
        parts.append(more(f"{len(rest):,} more", *rest, is_open=Fields(reader, f"{own}/bind").is_back))
    if len(seen) > SHOWN:
        parts.append(tag("p", f"The first {SHOWN} of {len(seen):,} are shown.", class_="quiet"))
    return section("What the alerts say" if len(seen) > 1 else "What the alert says", *parts, note=told)


def _state(reader: Reader, one: SeenAlert) -> str:
    if one.is_firing:
        return f"fires, for {span_text(max(reader.now_s - one.starts_s, 0.0))}"
    if one.ends_s is None:
        return "ceased"
    return f"ceased after {span_text(max(one.ends_s - one.starts_s, 0.0))}"


def _alert(reader: Reader, one: SeenAlert, sight: AlertSight, own: str) -> Html:
    state = tag("span", _state(reader, one), class_="state" if one.is_firing else "state quiet")
    rows = [tag("p", state, " · since ", reader.when(one.starts_s), class_="facts")]
    if said := _described(one):
        rows.append(tag("p", said, class_="said"))
    if links := [*_links(one)]:
        rows.append(tag("p", *links, class_="ways"))
    title = sight.means.get(one.key, "")
    means = [tag("b", "It means: "), line(title)] if title else [tag("b", "It means no component yet.")]
    rows.append(tag("p", *means))
    rows.append(more(f"{len(one.labels)} labels", _table(one.labels)))
    if reader.may_act:
        bind = Fields(reader, f"{own}/bind", alert=one.key)
        ask = "It means another" if title else "Say which component it means"
        is_open = bind.is_back or (not title and one.is_firing)
        rows.append(more(ask, _picker(bind, one, sight), is_open=is_open))
    head = tag("h3", line(one.summary) or "An alert without words")
    return tag("article", head, *rows, class_=f"card {'alert' if one.is_firing else 'over'}")


def _described(one: SeenAlert) -> str:
    said = clean(one.annotations.get("description", "")).strip()
    if not said or line(said) == line(one.summary):
        return ""
    return said if len(said) <= _CUT else f"{said[:_CUT]}…"


def _links(one: SeenAlert) -> Iterator[Html]:
    if one.runbook:
        yield _out("Runbook", one.runbook)
    for name, address in one.links.items():
        yield _out(line(name).capitalize(), address)


def _out(name: str, address: str) -> Html:
    return tag("a", name, href=address, rel="noopener noreferrer", title=address)


def _table(labels: Mapping[str, str]) -> Html:
    rows = [
        tag("div", tag("dt", line(name)), tag("dd", line(value))) for name, value in sorted(labels.items())
    ]
    return tag("dl", *rows, class_="labels")


def _picker(bind: Fields, one: SeenAlert, sight: AlertSight) -> Html:
    if not sight.components:
        way = tag("a", "Declare a component first", href=f"{CONSOLE}/components")
        return tag("p", way, ".")
    names = sorted(one.labels, key=lambda name: (LABELS.index(name) if name in LABELS else len(LABELS), name))
    labels = {f"{name}={one.labels[name]}": f"{line(name)} is {line(one.labels[name])}" for name in names}
    bound = next(
        (name for name in names if sight.bindings.get((name, one.labels[name])) in sight.components), ""
    )
    component = sight.bindings[bound, one.labels[bound]] if bound else ""
    ways = {**({} if bound else {"": "choose one"}), **sight.components, NONE: "no component"}
    return bind.form(
        bind.choice("All alerts whose", "label", labels, f"{bound}={one.labels[bound]}" if bound else ""),
        bind.choice("mean", "component", ways, component),
        button="Keep it",
        quiet=True,
    )


def uncounted_part(reader: Reader, firing: Sequence[tuple[SeenAlert, Outage]]) -> Html:
    """Return the alerts that fire while no open outage counts them: somebody has to look at them."""
    rows = [
        tag(
            "li", line(seen.summary) or "An alert without words", " · since ", reader.when(seen.starts_s),
            " · of ", tag("a", line(one.title), href=f"{CONSOLE}/outages/{one.id}"), ", which is over",
        )
        for seen, one in firing[:SHOWN]
    ]  # fmt: skip
    parts = [tag("ul", *rows, class_="states")]
    if len(firing) > SHOWN:
        parts.append(tag("p", f"The first {SHOWN} of {len(firing):,} are shown.", class_="quiet"))
    return section("Alerts that fire, and no open outage counts", *parts)


def proposal_card(reader: Reader, one: Proposal) -> Html:
    """Return outages that may be one, with the button that makes them one."""
    titles = [
        tag("li", tag("a", line(part.title), href=f"{CONSOLE}/outages/{part.id}"))
        for part in (one.into, *one.others)
    ]
    shared = f" and share {', '.join(map(line, one.shared[:3]))}" if one.shared else ""
    why = f"They began within {span_text(one.within_s)} of each other{shared}."
    parts = [tag("h2", "These may be one outage"), tag("ul", *titles, class_="states"), tag("p", why)]
    if reader.may_act:
        others = [tag("input", type="hidden", name="other", value=part.id) for part in one.others]
        parts.append(
            form(
                reader,
                f"{CONSOLE}/outages/{one.into.id}/gather",
                *others,
                button="Make them one outage",
                quiet=True,
            )
        )
    return tag("article", *parts, class_="card")
