"""How is what a request brings along read? So much of it, and for so long, as anybody may send."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import Request

LARGEST_FORM_BYTES = 1024 * 1024
READ_WITHIN_S = 30.0


async def read_body(request: Request, most_bytes: int = LARGEST_FORM_BYTES) -> bytes:
    """Return the first bytes of a request's body; what is beyond them is not read."""
    body = bytearray()

    async def read() -> None:
        async for piece in request.stream():
            body.extend(piece)
            if len(body) >= most_bytes:
                return

    with suppress(TimeoutError):  # a sender that stalls is answered for what it sent
        await asyncio.wait_for(read(), READ_WITHIN_S)
    return bytes(body[:most_bytes])
