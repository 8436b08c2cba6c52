import { expect, it } from "vitest";
import { Hub } from "../../src/delivery/hub.js";
import { MessageCache } from "../../src/delivery/message-cache.js";
import { Metrics } from "../../src/metrics.js";
import type { BoardView } from "../../src/polling/board-view.js";
import type { UpdatesListener } from "../../src/polling/updates.js";
import { smallBoard } from "../helpers/fake-odds-api.js";
import { literalConnection, quietFeed } from "../helpers/literal-delivery.js";

const SPORT = "basketball_nba";

it("A board that a client cannot take at its tick is counted; one that waits for a poll is not", async () => {
  const { feed, boards, log } = quietFeed();
  const listeners: UpdatesListener[] = [];
  feed.listen = (listener) => void listeners.push(listener);
  const { websocket, socketio } = new Metrics().transports;
  const hub = new Hub(feed, new MessageCache(feed), { websocket, socketio }, log);
  let taken: (() => void) | undefined;
  const reading = literalConnection({
    counts: websocket,
    bytesOf: () => 1000,
    write: (_message, sent) => {
      taken = sent;
    },
  });
  const polling = { ...reading, counts: socketio, open: false };
  for (const connection of [reading, polling]) hub.join(SPORT, connection, "delta");
  const tick = async (price: number) => {
    boards.put(SPORT, { events: smallBoard(price), fetchedAt: price });
    const view = feed.current(SPORT);
    for (const listener of view ? listeners : []) await listener.updated(view as BoardView);
  };
  await tick(2);
  expect(websocket).toMatchObject({ boards: { full: 1, delta: 0 }, deferred: 0, bytes: 1000 });
  await tick(3);
  await tick(4);
  expect(websocket).toMatchObject({ boards: { full: 1, delta: 0 }, deferred: 2, bytes: 1000 });
  taken?.();
  expect(websocket).toMatchObject({ boards: { full: 1, delta: 1 }, deferred: 2, bytes: 2000 });
  expect(socketio).toMatchObject({ boards: { full: 0, delta: 0 }, deferred: 0, bytes: 0 });
});
