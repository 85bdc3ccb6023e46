"""What if a number were another? A part of the report that answers in the browser, as an estimate.

Nothing of the answer stands here: without a script, and on paper, the page says all that it says with one.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from tidegate.evaluate.searching.what_if import Slider, WhatIf
from tidegate.present.report.markup import Html, prose, tag
from tidegate.present.report.section import fold
from tidegate.present.sentence import ended

_LABELS = {
    "belief": "What is so",
    "size": "Size",
    "spread": "Spread",
    "pool": "Pool",
    "timeout": "Time-out",
    "retries": "Retries after the first attempt",
}
_NEVER = (
    "An estimate, never a verdict: the fluid engine computes the mean course, without chance, in this "
    "browser. Collapses that a fluctuation sets off are not in it."
)
_WITHOUT = (
    "Scripts are off here, or this is paper: nothing can be moved. The answer above needs none. By whole "
    "runs the same is asked with `tidegate headroom`, `tidegate ramp`, `tidegate map` and "
    "`tidegate check --set`."
)


def what_if_fold(asked: WhatIf) -> Html:
    """Return the sliders with what they move, or why there are none."""
    if not asked.sliders:
        listed = "; ".join(asked.not_followed) or "nothing of the plan can be moved"
        said = f"No estimate here: it would leave out what decides ({listed})."
        return fold(
            "what-if",
            "What if",
            "not for this plan",
            tag("p", said),
            tag("p", prose(_WITHOUT.split(". ", 2)[2])),
        )
    names = ", ".join(label_of(one.key).lower().split(" ")[0] for one in asked.sliders if one.key != "belief")
    return fold(
        "what-if",
        "What if",
        f"an estimate over {names}, in this browser",
        *what_if_parts(asked, {one.key: one.planned for one in asked.sliders}),
    )


def what_if_parts(asked: WhatIf, chosen: Mapping[str, int]) -> tuple[Html, ...]:
    """Return the sliders with what they move.

    Parameters
    ----------
    asked
        What may be moved.
    chosen
        Which of its values each slider shows at first, by its key.
    """
    form = tag(
        "form",
        *(_slider(one, chosen[one.key]) for one in asked.sliders),
        tag(
            "p",
            tag("button", "As planned", type="button", data_part="reset"),
            " ",
            tag("span", data_part="state", role="status", class_="quiet"),
        ),
        _table(),
        tag("p", data_part="over", class_="loud-line"),
        _figure(),
        tag("p", data_part="ask-note", class_="quiet"),
        tag("pre", tag("code", data_part="ask")),
        data_part="form",
        hidden=True,
        autocomplete="off",
    )
    return (
        tag("p", _NEVER),
        tag("p", prose(_WITHOUT), data_part="without", class_="quiet"),
        form,
        tag("p", ended(_limits(asked)), class_="quiet"),
    )


def label_of(key: str) -> str:
    """Return what people call what a slider moves."""
    return _LABELS[key]


def _limits(asked: WhatIf) -> str:
    """Return where the estimate does not apply."""
    said = (
        "It is coarse where counts are small; bytes, probes and autoscalers are not in it; a flow table "
        "begins with what stays open and its background alone, so that it may be fuller than is shown; and "
        "all other numbers are taken as they stand"
    )
    if asked.apart:
        pairs = ", ".join(f"{_LABELS[a].lower()} and {_LABELS[b].lower()}" for a, b in asked.apart)
        said += f"; one at a time may be moved of: {pairs}"
    return said


def _slider(one: Slider, chosen: int) -> Html:
    key = f"what-if-{one.key}"
    shown = one.stops[chosen].text
    return tag(
        "p",
        tag("label", _LABELS[one.key], " ", tag("span", one.label, class_="kind"), for_=key),
        tag(
            "input",
            type="range",
            id=key,
            min=0,
            max=len(one.stops) - 1,
            step=1,
            value=chosen,
            aria_valuetext=shown,
        ),
        tag("output", f"{shown} (plan)" if chosen == one.planned else shown, for_=key),
        class_="slide",
    )


def _table() -> Html:
    def row(label: Html | str, key: str) -> Html:
        cells = (tag("td", data_part=f"plan-{key}"), tag("td", data_part=f"now-{key}"))
        return tag("tr", tag("th", label, scope="row"), *cells)

    heads = (tag("th", "as planned", scope="col"), tag("th", "with these values", scope="col"))
    body = (
        row("service is normal again", "end"),
        row("requests waiting at once, at most", "waiting"),
        row(tag("span", "new connections a second", data_part="place"), "asked"),
        row(tag("span", "flow table, at its fullest", data_part="table"), "table"),
    )
    made = tag(
        "table",
        tag("caption", "Estimate"),
        tag("thead", tag("tr", tag("td"), *heads)),
        tag("tbody", *body),
    )
    return tag("div", made, class_="scroll")


def _figure() -> Html:
    drawing = tag(
        "svg",
        data_part="picture",
        viewBox="0 0 640 190",
        role="img",
        aria_label="Requests waiting, over time",
    )
    return tag(
        "figure", tag("figcaption", "Requests waiting for an answer, estimated"), drawing, class_="course"
    )


def data_element(asked: WhatIf, command: str) -> Html:
    """Return what the script reads, as an element that runs nothing."""
    text = json.dumps(_data(asked, command), separators=(",", ":"), ensure_ascii=True)
    # Text of a world never ends the element: in JSON these may be written so.
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return tag("script", Html(safe), type="application/json", id="what-if-data")


def _data(asked: WhatIf, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "document": asked.document,
        "sliders": [
            {
                "key": one.key,
                "planned": one.planned,
                "stops": [
                    {
                        "text": stop.text,
                        "patch": stop.patch,
                        "exceeded": stop.exceeded[:1],
                        "sets": [shlex.quote(said) for said in stop.sets],
                    }
                    for stop in one.stops
                ],
            }
            for one in asked.sliders
        ],
        "apart": asked.apart,
        "exceeded": asked.exceeded[:1],
        "together": {" ".join(map(str, at)): said[:1] for at, said in asked.together.items()},
    }
