"""What stands in the fields of one form? What is on record, or what was typed and not taken.

A form that was sent in vain comes back as it was filled in, with what is wrong beside each field. Passwords
never come back.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.journal.moment import is_local_moment
from tidegate.present.console.frame import Reader, Sent, area, choice, entry, form, hide, says_wrong, tick
from tidegate.present.report.markup import Html, tag


class Fields:
    """The fields of one form.

    Parameters
    ----------
    reader
        For whom.
    action
        Where the form is sent.
    hidden
        What it carries unseen; tells forms with one action from each other.
    """

    def __init__(self, reader: Reader, action: str, **hidden: str) -> None:
        self._reader, self._action, self._hidden = reader, action, hidden
        sent = reader.sent
        is_this = sent is not None and sent.action == action
        self._sent = sent if sent is not None and is_this and self._is_meant(sent) else None

    def _is_meant(self, sent: Sent) -> bool:
        return all(sent.values.get(name) == (value,) for name, value in self._hidden.items())

    @property
    def is_back(self) -> bool:
        """Whether this form was sent and not taken."""
        return self._sent is not None

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what was typed; what else would stand there where nothing was sent."""
        if self._sent is None:
            return otherwise
        return next(iter(self._sent.values.get(name, ())), "")

    def _wrong(self, name: str) -> tuple[str, ...]:
        return self._sent.wrong(name) if self._sent else ()

    def entry(
        self, label: str, name: str, value: str = "", *, kind: str = "text", hint: str = "",
        **more: str | bool,
    ) -> Html:  # fmt: skip
        """Return a field of one line; a password is never filled in."""
        shown = "" if kind == "password" else self.value(name, value)
        return entry(label, name, shown, kind=kind, hint=hint, wrong=self._wrong(name), **more)

    def moment(self, label: str, name: str, *, hint: str = "", required: bool = False) -> Html:
        """Return a field for date and clock; what was typed in another way stands there as it was typed."""
        typed = self.value(name)
        kind = "text" if typed and not is_local_moment(typed) else "datetime-local"
        return self.entry(label, name, kind=kind, hint=hint, required=required)

    def area(
        self, label: str, name: str, value: str = "", *, rows: int = 6, hint: str = "", **more: str | bool
    ) -> Html:
        """Return a field of many lines."""
        typed = self.value(name, value).replace("\r\n", "\n")
        return area(label, name, typed, rows=rows, hint=hint, wrong=self._wrong(name), **more)

    def choice(self, label: str, name: str, options: Mapping[str, str], chosen: str = "") -> Html:
        """Return a choice; options are words by value."""
        return choice(label, name, options, self.value(name, chosen), wrong=self._wrong(name))

    def tick(self, label: str, name: str, value: str = "yes", *, is_ticked: bool = False) -> Html:
        """Return a box to tick, one of several where they share a name."""
        sent = self._sent
        return tick(label, name, value, is_ticked=value in sent.values.get(name, ()) if sent else is_ticked)

    def group(self, legend: str, name: str, *ticks: Html) -> Html:
        """Return boxes that belong together, with what is wrong with them."""
        return tag("fieldset", tag("legend", legend), *ticks, says_wrong(name, self._wrong(name)))

    def form(self, *fields: str, button: str, quiet: bool = False) -> Html:
        """Return the form."""
        hidden = [hide(name, value) for name, value in self._hidden.items()]
        return form(self._reader, self._action, *hidden, *fields, button=button, quiet=quiet)
