"""Which place for handing over entries does a word name? A folder, or a prefix in an S3 store."""

from __future__ import annotations

from pathlib import Path

from tidegate.adapters.between_sites.chain_store import ChainStore
from tidegate.adapters.between_sites.shared_folder import SharedFolder
from tidegate.errors import Fault, InputError

MEANT = "a folder that all sites reach, or s3://bucket/prefix?endpoint=https://host&region=name"


def chain_store(word: str) -> ChainStore:
    """Return the place that a word names.

    Raises
    ------
    InputError
        If it names none.
    """
    if word.startswith("s3://"):
        from tidegate.adapters.between_sites.s3_store import s3_store  # noqa: PLC0415  only where it is named

        return s3_store(word)
    # `s3:bucket` is a place that was mistyped; a folder of that name is `./s3:bucket`.
    if "://" in word or ":" in word.partition("/")[0] or not word:
        fault = Fault(what="is no place for entries", path="exchange", value=word[:80], allowed=MEANT)
        raise InputError(fault)
    return SharedFolder(Path(word))
