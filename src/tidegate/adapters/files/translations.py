"""Where do translations of titles come from? A file of YAML, read safely; every fault names it."""

from __future__ import annotations

from dataclasses import replace

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import InputError, Place
from tidegate.inform.translations import Translations, translations
from tidegate.world.file.tree import read_tree


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
    tree = read_tree(text, source, may_be_empty=True)
    if tree.faults:
        raise InputError(*tree.faults)
    try:
        return translations(tree.document)
    except InputError as error:
        raise InputError(*(replace(fault, place=place) for fault in error.faults)) from None
