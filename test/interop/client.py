"""A Socket.IO client that nobody here wrote: subscribes, prints what it is told as JSON lines, leaves.

Usage: client.py URL TRANSPORT
"""

import asyncio
import json
import sys

import socketio


async def main(url: str, transport: str) -> None:
    client = socketio.AsyncClient(reconnection=False)
    updates = 0
    done = asyncio.Event()

    def tell(kind: str, message: object) -> None:
        print(json.dumps({"kind": kind, "message": message}), flush=True)

    @client.on("subscription_ack", namespace="/odds")
    async def on_ack(message):
        tell("event", message)

    @client.on("odds_update", namespace="/odds")
    async def on_update(message):
        nonlocal updates
        updates += 1
        if updates <= 2:
            tell("event", message)
        if updates == 2:
            done.set()

    @client.on("error", namespace="/odds")
    async def on_error(message):
        tell("event", message)
        done.set()

    await client.connect(url, namespaces=["/odds"], transports=[transport])
    answer = await client.call("subscribe", {"sport": "basketball_nba"}, namespace="/odds", timeout=10)
    tell("callback", answer)
    await asyncio.wait_for(done.wait(), timeout=10)
    await client.disconnect()


asyncio.run(main(sys.argv[1], sys.argv[2]))
