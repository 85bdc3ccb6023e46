"""valkey-glide as it comes: one client, one PING."""

import asyncio
import sys

from glide import GlideClient, GlideClientConfiguration, NodeAddress


async def main():
    config = GlideClientConfiguration([NodeAddress(sys.argv[1], int(sys.argv[2]))])
    client = await GlideClient.create(config)
    await client.ping()


asyncio.run(main())
