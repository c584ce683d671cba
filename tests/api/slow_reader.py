"""A reader of the stream in a process of its own, which a test can stop: prints each `seq`, and the code at the end."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def read(port: int, key: str) -> None:
    """Print the `seq` of each event as it is read, and the code at the end."""
    narrow = socket.create_connection(("127.0.0.1", port))
    # So that what waits at its side is not megabytes.
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    narrow.setblocking(False)
    url = f"ws://127.0.0.1:{port}/api/v1/alerts/stream?after=0"
    shown = {"authorization": f"Bearer {key}"}
    async with connect(url, sock=narrow, additional_headers=shown, max_queue=1, max_size=None) as client:
        try:
            while True:
                message = json.loads(await client.recv())
                print(message.get("seq", message["type"]), flush=True)
        except ConnectionClosed as error:
            print("code", error.rcvd.code if error.rcvd else None, flush=True)


if __name__ == "__main__":
    asyncio.run(read(int(sys.argv[1]), sys.argv[2]))
