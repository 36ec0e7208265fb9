"""Follow changes in asyncio: `python examples/follow.py 127.0.0.1:50051`.

One task keeps a copy of some keys, as a near cache does, while others write them all at once.
"""

import asyncio
import sys

from keyvaluedb import CURRENT_STATE, EventKind, Prefix, WatchMessage
from keyvaluedb.aio import Client

WRITERS = 10


def take(copy: dict[str, bytes], message: WatchMessage) -> None:
    """Bring the copy up to a message."""
    if message.restarted:
        copy.clear()
    for event in message.events:
        if event.kind is EventKind.SET:
            copy[event.entry.key] = event.entry.value
        elif event.kind in {EventKind.DELETE, EventKind.EXPIRE}:
            copy.pop(event.entry.key, None)


async def main(address: str) -> None:
    """Show it."""
    async with Client(address) as client:
        await client.delete_range(Prefix("color/"))
        copy: dict[str, bytes] = {}
        async with client.watch(Prefix("color/"), start=CURRENT_STATE) as watch:
            async with asyncio.TaskGroup() as tasks:
                for number in range(WRITERS):
                    tasks.create_task(client.set(f"color/{number}", b"blue", ttl=60))
            async for message in watch:
                take(copy, message)
                if len(copy) == WRITERS:
                    break
        print(f"{len(copy)} keys, as {await client.count_keys(Prefix('color/'))} there are")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"))
