"""What does a verdict say about rehearsals of its world? One sentence; nothing heavy is loaded for it."""

from __future__ import annotations

from tidegate.evaluate.judging.rehearsals_held import Rehearsed
from tidegate.present.quantities import percent_text
from tidegate.rehearse.scale import scale_text


def rehearsed_text(rehearsed: Rehearsed) -> str:
    """Return, for a verdict, how well the rehearsals of its world agreed."""
    others = rehearsed.others_count
    if rehearsed.rehearsals_count == 0:
        if others:
            which = "the one rehearsal" if others == 1 else f"the {others} rehearsals"
            link = "is" if others == 1 else "are"
            return (
                f"Never rehearsed: {which} in {rehearsed.source} {link} of another world or activity, or of "
                "this one before it changed."
            )
        return "Never rehearsed: `tidegate rehearse` shows whether a real network does what is predicted."
    count, ended = rehearsed.rehearsals_count, rehearsed.ended_as_predicted_count
    times = "once" if count == 1 else f"{count} times"
    scale = scale_text(rehearsed.scale_ratio or 1.0)
    said = f"Rehearsed on a real network {times} at {scale} of its size, last on {rehearsed.last_on}: "
    said += "it ended as predicted" if ended == count else f"it ended as predicted {ended} of {count} times"
    errors = [
        f"{name} off by at most {percent_text(error)}"
        for name, error in (
            ("the time to recover", rehearsed.recovery_error_ratio),
            ("packets", rehearsed.packets_error_ratio),
        )
        if error is not None
    ]
    return said + (f", with {' and '.join(errors)}." if errors else ".")
