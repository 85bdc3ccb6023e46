"""What do other sites ask this one? Where its chains end, and what stands behind a number; none else is told.

All chains that are here are handed over, whoever wrote them: so any path between any two sites is enough.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tidegate.adapters.between_sites.http_peer import (
    CONVERSATION,
    COUNT,
    ENDS,
    ENTRIES,
    FILE,
    FILES,
    HELLO,
    LEFT,
    SECRETS,
    SIGNATURE,
    SITE,
    STRANGER,
    TIMEOUT_S,
    letter_about,
)
from tidegate.adapters.store.leaving import done, left_of
from tidegate.errors import TidegateError
from tidegate.journal.carried_lines import lines
from tidegate.journal.chain_name import site_of
from tidegate.journal.closed_letter import KEY_BYTES, ClosedLetterError, closed
from tidegate.journal.left_lines import left_lines
from tidegate.journal.received import ChainEnd

if TYPE_CHECKING:
    from tidegate.server.house import House

_LOG = logging.getLogger("tidegate.exchange")
WAIT_S = TIMEOUT_S / 2
"""So long a question for what is new waits, where nothing is."""
_LOOK_EVERY_S, _LOOK_ANYWAY_S = 0.1, 1.0
_PAGE_BYTES = 4 * 1024 * 1024
_LONGEST_NUMBER = 18
_PAGE_LINES = 20_000


class Peers:
    """Answers other sites.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._conversations = house.conversations

    def routes(self) -> list[Route]:
        """Return these questions by their addresses."""
        return [
            Route(HELLO, self._hello),
            Route(ENDS, self._answered(self._ends)),
            Route(ENTRIES, self._answered(self._entries)),
            Route(SECRETS, self._answered(self._secrets)),
            Route(LEFT, self._answered(self._left)),
            Route(FILES, self._answered(self._files)),
            Route(FILE, self._answered(self._file)),
        ]

    async def _hello(self, request: Request) -> Response:
        asked = request.query_params
        names = ("asker", "asked", "nonce")
        said = [asked.get(name, "")[:100] for name in names]
        greeted = await run_in_threadpool(self._conversations.greet, *said)
        if greeted is None:
            parting = await run_in_threadpool(self._conversations.parting, *said)
            return PlainTextResponse(f"{STRANGER}\n{parting}", 403)
        conversation, signature = greeted
        return Response(
            json.dumps({"conversation": conversation, "signature": signature}), media_type="application/json"
        )

    def _answered(
        self, answer: Callable[[Request], Awaitable[tuple[int, bytes]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers a question that a site signed, and signs the answer."""

        async def give(request: Request) -> Response:
            headers = request.headers
            query = request.url.query
            said = {
                "asker": headers.get(SITE, "")[:100],
                "conversation": headers.get(CONVERSATION, "")[:200],
                "count": headers.get(COUNT, ""),
                "signature": headers.get(SIGNATURE, "")[:200],
                "target": f"GET {request.url.path}{'?' + query if query else ''}",
            }
            if not await run_in_threadpool(lambda: self._conversations.is_heard(**said)):
                return PlainTextResponse("greet first\n", 401)
            status, body = await answer(request)
            signature = self._conversations.signed(
                conversation=said["conversation"], count=said["count"], status=status, body=body
            )
            return Response(body, status, {SIGNATURE: signature, "cache-control": "no-store"})

        return give

    async def _ends(self, request: Request) -> tuple[int, bytes]:
        seen = request.query_params.get("seen", "")
        own = request.query_params.get("own", "")
        await run_in_threadpool(self.compare, request.headers.get(SITE, ""), own)
        loop = asyncio.get_running_loop()
        until_s, look_s, mark = loop.time() + WAIT_S, 0.0, ""
        said: dict[str, object] = {}
        written: tuple[object, ...] = ()
        while True:
            if loop.time() >= look_s or self._written() != written:  # a file's time is coarse: also anyway
                look_s, written = loop.time() + _LOOK_ANYWAY_S, self._written()
                ends = await run_in_threadpool(self._house.journal.ends)
                _, left = await run_in_threadpool(done, self._house.journal)
                said = {"ends": _said(ends), "secrets": self._house.kept.mark(), "left": left}
                mark = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
            if mark != seen or loop.time() >= until_s or self._house.is_ending:
                exchanging = self._house.exchanging
                heard = {
                    "hears": exchanging.hears(), "reaches": exchanging.reaches(),
                    "leaves": exchanging.leaves(),
                }  # fmt: skip
                told = {**said, "mark": mark, "clock_s": self._house.journal.now_s(), **heard}
                return 200, json.dumps(told).encode()
            await asyncio.sleep(_LOOK_EVERY_S)

    def compare(self, asker: str, own: str) -> None:
        """Notice that who asks as a site says something else than is here of its chain under a number.

        Parameters
        ----------
        asker
            The site, which signed the question.
        own
            Name, number and hash of where its chain ends there.
        """
        chain, number, digest = [*own.split(" "), "", "", ""][:3]
        journal, told = self._house.journal, self._conversations.contradicted
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER or site_of(chain) != asker:
            return
        if journal.heads().get(chain, 0) < int(number) or journal.has(chain, int(number), digest):
            return
        if told.get(asker) != (chain, int(number)):
            said = {"site": asker, "chain": chain, "number": int(number)}
            _LOG.error("who asks as a site says something else than is here: two write as one", extra=said)
        told[asker] = chain, int(number)

    def _written(self) -> tuple[object, ...]:
        """Return what tells, without asking the journal, whether anybody wrote to it or to the secrets."""
        found = self._house.journal.path.stat()
        return found.st_mtime_ns, found.st_size, self._house.kept.mark()

    async def _entries(self, request: Request) -> tuple[int, bytes]:
        label, after = request.query_params.get("chain", ""), request.query_params.get("after", "")
        if not label or not after.isdecimal() or len(after) > _LONGEST_NUMBER:
            return 400, b"which chain, and after which number?\n"
        try:
            page = await run_in_threadpool(
                self._house.journal.page, label, int(after), most_bytes=_PAGE_BYTES
            )
        except TidegateError as error:  # also told here: whose disk it is must know
            _LOG.error("what another site asked for cannot be handed over", extra={"why": str(error)})
            return 503, f"{error}\n".encode()
        return 200, lines(page)

    async def _left(self, request: Request) -> tuple[int, bytes]:
        """Tell what has left the record here, and who states that, from some line on."""
        after = request.query_params.get("after", "")
        if not after.isdecimal() or len(after) > _LONGEST_NUMBER:
            return 400, b"after which line?\n"
        left = await run_in_threadpool(left_of, self._house.journal)
        return 200, b"".join(islice(left_lines(left), int(after), int(after) + _PAGE_LINES))

    async def _secrets(self, request: Request) -> tuple[int, bytes]:
        """Tell what all sites share in secret, so that only the site that asks can read it."""
        asked, query = request.query_params.get("half", "")[:100], request.url.query
        about = letter_about(
            asker=request.headers.get(SITE, ""), asked=self._house.journal.site,
            conversation=request.headers.get(CONVERSATION, ""), target=f"{request.url.path}?{query}",
        )  # fmt: skip
        try:
            content = await run_in_threadpool(self._told)
            return 200, closed(content, to=bytes.fromhex(asked), private=os.urandom(KEY_BYTES), about=about)
        except (ClosedLetterError, ValueError):
            return 400, b"half of which key?\n"
        except TidegateError as error:
            return 503, f"{error}\n".encode()

    async def _files(self, request: Request) -> tuple[int, bytes]:
        names = await run_in_threadpool(self._house.files.names, request.query_params.get("case", ""))
        return 200, json.dumps({"files": names}).encode()

    async def _file(self, request: Request) -> tuple[int, bytes]:
        asked = request.query_params
        content = await run_in_threadpool(
            self._house.files.read, asked.get("case", ""), asked.get("name", "")
        )
        return (404, b"there is no such file any more\n") if content is None else (200, content)

    def _told(self) -> bytes:
        # The secrets first: where they were renewed because a site was retired, the ends behind it say so.
        secrets = self._house.kept.held.text()
        return json.dumps({"secrets": secrets, "ends": _said(self._house.journal.ends())}).encode()


def _said(ends: Sequence[ChainEnd]) -> list[list[str | int]]:
    return [[end.label, end.number, end.hash] for end in ends]
