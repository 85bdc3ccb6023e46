"""aiohttp as it comes: one POST, which it takes for no idempotent method."""

import asyncio
import sys

import aiohttp


async def main():
    async with aiohttp.ClientSession() as session, session.post(sys.argv[1], data=b"x") as answer:
        await answer.text()


asyncio.run(main())
