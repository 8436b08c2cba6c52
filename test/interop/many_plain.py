"""A plain WebSocket client that nobody here wrote, with its default options: it compresses whatever it sends.

Subscribes to several sports by deltas, all at once; then leaves the first, and prints what it was told as JSON lines.

Usage: many_plain.py URL SPORT...
"""

import asyncio
import json
import sys

import websockets


async def main(url: str, sports: list) -> None:
    async with websockets.connect(url) as client:
        for sport in sports:
            await client.send(json.dumps({"type": "subscribe", "sport": sport, "updates": "delta"}))
        await client.send(json.dumps({"type": "ping"}))
        await client.send(json.dumps({"type": "unsubscribe", "sport": sports[0]}))
        await client.send(json.dumps({"type": "ping"}))
        waiting = {sport: 3 for sport in sports[1:]}
        while any(count > 0 for count in waiting.values()):
            message = json.loads(await asyncio.wait_for(client.recv(), timeout=30))
            print(json.dumps(message), flush=True)
            if message["type"] in ("odds_update", "odds_delta") and message["sport"] in waiting:
                waiting[message["sport"]] -= 1
        # Answered in the middle of it all, by protocol ping too.
        await asyncio.wait_for(await client.ping(), timeout=30)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
