"""An agent: reads commands as lines of JSON, and answers with lines of JSON.

`main.py` drives the synchronous client, `main.py --asyncio` the asyncio one. It ends when its input
does. The protocol is in clients/conformance/README.md.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from commands import Commands
from threaded import ThreadedClient
from wire import Json

from keyvaluedb import aio


def say(line: Json) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main(make: Callable[..., Any]) -> None:
    """Do each command in a task of its own, until there are no more."""
    commands = Commands(make, say)
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        task = asyncio.create_task(commands.do(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main(aio.Client if "--asyncio" in sys.argv else ThreadedClient))
