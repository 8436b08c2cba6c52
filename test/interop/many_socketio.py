"""A Socket.IO client that nobody here wrote: subscribes to several sports by deltas, all at once, leaves the first,
and prints what it was told as JSON lines.

Usage: many_socketio.py URL TRANSPORT SPORT...
"""

import asyncio
import json
import sys

import socketio


async def main(url: str, transport: str, sports: list) -> None:
    client = socketio.AsyncClient(reconnection=False)
    waiting = {sport: 3 for sport in sports[1:]}
    done = asyncio.Event()

    def tell(message: dict) -> None:
        print(json.dumps(message), flush=True)
        if message["type"] in ("odds_update", "odds_delta") and message["sport"] in waiting:
            waiting[message["sport"]] -= 1
        if all(count <= 0 for count in waiting.values()):
            done.set()

    for event in ("subscription_ack", "unsubscription_ack", "odds_update", "odds_delta", "error"):
        client.on(event, tell, namespace="/odds")

    await client.connect(url, namespaces=["/odds"], transports=[transport])
    for sport in sports:
        await client.emit("subscribe", {"sport": sport, "updates": "delta"}, namespace="/odds")
    await client.emit("unsubscribe", {"sport": sports[0]}, namespace="/odds")
    await asyncio.wait_for(done.wait(), timeout=30)
    await client.disconnect()


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
