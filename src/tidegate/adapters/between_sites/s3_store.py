"""A prefix in an S3 store as a place to hand each other entries: created only where nothing is.

`If-None-Match: *` has the store refuse to replace anything; one that does not know it is refused here, for
nothing would keep two writers apart there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from tidegate.adapters.between_sites.chain_store import StoreUnreachableError
from tidegate.adapters.publish.bucket import Bucket, BucketAnswer, read_bucket
from tidegate.adapters.publish.target import TargetError

_MOST_PAGES = 10_000


class S3Store:
    """A prefix in a bucket.

    Parameters
    ----------
    bucket
        The prefix.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.name = bucket.name
        self._bucket = bucket

    def folders(self) -> Sequence[str]:
        """Return the names of the folders at its top.

        Raises
        ------
        StoreUnreachableError
            If it cannot be asked.
        """
        prefix = self._bucket.prefix
        pages = self._pages({"prefix": prefix, "delimiter": "/"})
        found = (one for page in pages for one in _texts(page, "CommonPrefixes", "Prefix"))
        return sorted(one.removeprefix(prefix).rstrip("/") for one in found)

    def names(self, folder: str, after: str) -> Sequence[str]:
        """Return the names in a folder that come behind one, in their order.

        Raises
        ------
        StoreUnreachableError
            If it cannot be asked.
        """
        prefix = f"{self._bucket.prefix}{folder}/"
        asked = {"prefix": prefix, **({"start-after": f"{prefix}{after}"} if after else {})}
        found = (one for page in self._pages(asked) for one in _texts(page, "Contents", "Key"))
        return sorted(one.removeprefix(prefix) for one in found if one > f"{prefix}{after}")

    def read(self, path: str) -> bytes:
        """Return what stands under a path.

        Raises
        ------
        StoreUnreachableError
            If it cannot be read.
        """
        return self._ask("GET", path).said

    def create(self, path: str, content: bytes) -> bool:
        """Put something under a path where nothing is yet; False where something is.

        Raises
        ------
        StoreUnreachableError
            If it cannot be written, or the store would replace what is there.
        """
        return self._ask("PUT", path, content, {"if-none-match": "*"}).status not in {409, 412}

    def replace(self, path: str, content: bytes) -> None:
        """Put something under a path, in the place of what is there.

        Raises
        ------
        StoreUnreachableError
            If it cannot be written.
        """
        self._ask("PUT", path, content)

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> BucketAnswer:
        try:
            return self._bucket.ask(method, path, body, headers, accepted={409, 412} if headers else ())
        except TargetError as error:
            raise StoreUnreachableError(str(error)) from None

    def _pages(self, asked: dict[str, str]) -> Iterator[ET.Element]:
        """Yield the pages of a listing; a store gives a thousand names at once."""
        further: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            try:
                page = ET.fromstring(self._bucket.listed({**asked, **further}))  # noqa: S314  bounded
            except (TargetError, ET.ParseError) as error:
                raise StoreUnreachableError(f"{self.name} does not list what it has: {error}") from None
            yield page
            token = next(iter(_texts(page, "", "NextContinuationToken")), "")
            if not token:
                return
            further = {"continuation-token": token}


def s3_store(word: str) -> S3Store:
    """Return the place of ``s3://bucket/prefix?endpoint=https://…&region=…``.

    Raises
    ------
    InputError
        With every fault.
    """
    return S3Store(read_bucket(word))


def _texts(page: ET.Element, within: str, name: str) -> Iterator[str]:
    """Yield the texts of some elements, whichever name space a store writes."""
    path = f"{{*}}{within}/{{*}}{name}" if within else f"{{*}}{name}"
    for one in page.iterfind(path):
        yield one.text or ""
