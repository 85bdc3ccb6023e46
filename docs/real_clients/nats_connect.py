"""nats-py as it comes: connect."""

import asyncio
import sys

import nats


async def main():
    await nats.connect(f"nats://{sys.argv[1]}:{sys.argv[2]}")


asyncio.run(main())
