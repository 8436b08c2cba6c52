"""Best prices of one sport in a terminal, kept up to date by deltas over the plain WebSocket.
Needs python3-websockets of Debian. Usage: python3 odds.py [ws://localhost:3001/odds [basketball_nba]]
"""
import asyncio, contextlib, json, random, sys, time

import websockets

# Of each list: what its items are known by, and which list is below it.
LISTS = {"events": ("id", "bookmakers"), "bookmakers": ("key", "markets"), "markets": ("key", None)}


class Gap(Exception):
    """A delta that does not follow on the board: subscribe again, with `since`."""


def apply_delta(board, delta):
    """The board after an `odds_delta`; the one before is used up. Raises Gap where a step is missing."""
    if delta["epoch"] != board["epoch"] or delta["from"] > board["version"]:
        raise Gap(f"{delta['from']} does not follow on {board['version']}")
    if delta["version"] < board["version"]:
        return board
    events = apply_list("events", board["odds"], delta["changes"])
    for bookmaker, tracks in delta["changes"].get("read", {}).items():
        for track in tracks:
            apply_track(events, bookmaker, track["of"], track["runs"])
    head = {name: delta[name] for name in delta if name not in ("type", "from", "changes", "conflated")}
    return {**head, "odds": events}


def apply_list(name, items, change):
    key, below = LISTS[name]
    gone = change.get("gone", ())
    held = {item[key]: item for item in items if item[key] not in gone}
    told = change.get(name, ())
    for one in told:
        before = {} if one.get("fresh") else held.get(one[key], {})
        now = {**one.get("fields", before), key: one[key]}
        if name != "events" and "last_update" in before:
            now["last_update"] = before["last_update"]
        if below:
            now[below] = apply_list(below, before.get(below, []), one)
        held[one[key]] = now
    moved = [one for one in told if "after" in one]
    moving = {one[key] for one in moved}
    order = [known for known in held if known not in moving]
    for one in moved:
        order.insert(0 if one["after"] is None else order.index(one["after"]) + 1, one[key])
    return [held[known] for known in order]


def apply_track(events, bookmaker, of, runs):
    at = 0
    for event in events:
        if at + 1 < len(runs) and runs[at + 1][0] == event["id"]:
            at += 1
        for offer in (offer for offer in event["bookmakers"] if offer["key"] == bookmaker):
            for item in [offer] * ("" in of) + [market for market in offer["markets"] if market["key"] in of]:
                item["last_update"] = runs[at][1]
                if runs[at][1] is False:
                    del item["last_update"]


class Odds:
    def __init__(self, url, sport):
        self.url, self.sport = url, sport
        self.board, self.heard, self.trouble = None, 0.0, "connecting"

    async def follow(self):
        while True:
            try:
                async with websockets.connect(self.url, max_size=None, open_timeout=5, close_timeout=1) as socket:
                    await self.listen(socket)
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
                self.trouble = f"{str(error) or 'nothing comes from the server'}; it is tried again"
            await asyncio.sleep(random.uniform(1, 4))

    async def listen(self, socket):
        tick, heard = 5.0, False
        await self.subscribe(socket)
        while True:
            # Once there was a board, one comes each tick: a silence means that the connection is dead.
            message = json.loads(await asyncio.wait_for(socket.recv(), 3 * tick if heard else None))
            tick = message.get("updateFrequency", 1000 * tick) / 1000
            if message["type"] == "error":
                self.trouble = f"{message['code']}: {message['message']}"
            elif message["type"] in ("odds_update", "odds_delta"):
                try:
                    self.board = apply_delta(self.board, message) if "changes" in message else message
                    self.heard, self.trouble, heard = time.monotonic(), None, True
                except Gap:
                    await self.subscribe(socket)

    async def subscribe(self, socket):
        since = {"since": {name: self.board[name] for name in ("epoch", "version")}} if self.board else {}
        await socket.send(json.dumps({"type": "subscribe", "sport": self.sport, "updates": "delta", **since}))

    async def show(self):
        while True:
            board, head = self.board or {"odds": [], "reason": None}, "no prices yet."
            if self.board:
                age = (board["timestamp"] - board["fetchedAt"]) / 1000 + time.monotonic() - self.heard
                head = f"{'STALE' if self.trouble else board['status'].upper()}, {age:.0f} s old."
            print("\033[H\033[J" if sys.stdout.isatty() else "", end="")
            print(f"{self.sport}: {head}", self.trouble or board["reason"] or "")
            for event in board["odds"][:10]:
                markets = [market for offer in event["bookmakers"] for market in offer["markets"]]
                h2h = [side for market in markets if market["key"] == "h2h" for side in market["outcomes"]]
                best = dict(sorted((side["name"], side["price"]) for side in h2h))  # The best one comes last.
                print("  " + ", ".join(f"{name} {price}" for name, price in best.items()))
            await asyncio.sleep(1)


async def main(url="ws://localhost:3001/odds", sport="basketball_nba"):
    odds = Odds(url, sport)
    await asyncio.gather(odds.follow(), odds.show())


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
