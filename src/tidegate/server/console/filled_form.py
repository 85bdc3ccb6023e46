"""What does a form of the console say, and what is wrong with it? Everything at once, each at its field."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from tidegate.errors import Fault, InputError
from tidegate.journal.moment import parse_local_moment, zone
from tidegate.server.access.visit import Visit
from tidegate.world.file.quantity import parse_quantity


class FilledForm:
    """A form that is read field by field; `check` tells of all that was found.

    Parameters
    ----------
    visit
        What was sent, and by whom.
    """

    def __init__(self, visit: Visit) -> None:
        self._form = visit.form
        self._zone = visit.house.setting.zone
        self._faults: list[Fault] = []

    def _read(self, name: str, read: Callable[[], float]) -> float | None:
        """Return what a field means; None where it means nothing, which is kept as its fault."""
        try:
            return read()
        except InputError as error:
            self.add(*(replace(fault, path=name, place=None) for fault in error.faults))
            return None

    def add(self, *faults: Fault) -> None:
        """Keep what else is wrong; a fault whose path is a field's name is told there."""
        self._faults += faults

    def needed(self, name: str, otherwise: str = "") -> str:
        """Return the words of a field that may not be empty; `otherwise` is the sentence said where it is."""
        text = self._form[name].strip()
        if not text:
            self.add(
                Fault(what=otherwise, kind="statement", path=name)
                if otherwise
                else Fault(what="is empty", path=name)
            )
        return text

    def moment(self, name: str, *, zone_name: str = "") -> float | None:
        """Return the second that a field means, in the site's zone or another; None where it is empty."""
        text, where = self._form[name].strip(), self._zone
        if not text:
            return None
        with suppress(InputError):  # what is wrong with the zone is told at its own field
            where = zone(zone_name).key if zone_name else where
        return self._read(name, lambda: parse_local_moment(text, where))

    def span(self, name: str, otherwise: str) -> float:
        """Return the seconds that a field means."""
        text = self._form[name].strip() or otherwise
        found = self._read(name, lambda: parse_quantity(text, "s"))
        return parse_quantity(otherwise, "s") if found is None else found

    def check(self) -> None:
        """Refuse the form, if anything is wrong with it.

        Raises
        ------
        InputError
            With everything that is.
        """
        if self._faults:
            raise InputError(*self._faults)
