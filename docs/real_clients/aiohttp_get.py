"""aiohttp as it comes: one GET."""

import asyncio
import sys

import aiohttp


async def main():
    async with aiohttp.ClientSession() as session, session.get(sys.argv[1]) as answer:
        await answer.text()


asyncio.run(main())
