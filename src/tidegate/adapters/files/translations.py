"""Where do translations of titles come from? A file of YAML, read safely; every fault names it."""

from __future__ import annotations

from dataclasses import replace

import yaml

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import Fault, InputError, Place
from tidegate.inform.translations import Translations, translations


def read_translations(name: str) -> Translations:
    """Return what a file states; nothing where no file is named.

    Raises
    ------
    InputError
        With every fault.
    """
    if not name:
        return Translations()
    text, source = read_text(name)
    place = Place(source=source)
    try:
        return translations(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError):
        raise InputError(Fault(what="is not YAML", place=place)) from None
    except InputError as error:
        raise InputError(*(replace(fault, place=place) for fault in error.faults)) from None
