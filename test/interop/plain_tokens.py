"""A plain WebSocket client that nobody here wrote, which presents a token: in the header, or as a subprotocol.

Prints, as a JSON line for each way, the subprotocol that was agreed on and the types of what it was told until its
first board; or the status that it was refused with.

Usage: plain_tokens.py URL TOKEN
"""

import asyncio
import inspect
import json
import sys

import websockets

# Its name for a client's own headers is another one from version 14 on.
parameters = inspect.signature(websockets.connect.__init__).parameters
HEADERS = "extra_headers" if "extra_headers" in parameters else "additional_headers"


async def present(url: str, **how) -> None:
    try:
        async with websockets.connect(url, **how) as client:
            await client.send(json.dumps({"type": "subscribe", "sport": "basketball_nba"}))
            types = []
            while "odds_update" not in types:
                types.append(json.loads(await asyncio.wait_for(client.recv(), timeout=30))["type"])
            print(json.dumps({"subprotocol": client.subprotocol, "types": types}), flush=True)
    except websockets.exceptions.InvalidHandshake as refusal:
        response = getattr(refusal, "response", refusal)
        print(json.dumps({"refused": response.status_code}), flush=True)


async def main(url: str, token: str) -> None:
    await present(url, **{HEADERS: {"Authorization": f"Bearer {token}"}})
    await present(url, subprotocols=["live-odds", f"bearer.{token}"])


asyncio.run(main(sys.argv[1], sys.argv[2]))
