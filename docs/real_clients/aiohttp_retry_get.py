"""aiohttp-retry as it comes: one GET."""

import asyncio
import sys

import aiohttp_retry


async def main():
    async with aiohttp_retry.RetryClient() as client, client.get(sys.argv[1]) as answer:
        await answer.text()


asyncio.run(main())
