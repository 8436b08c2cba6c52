import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/delivery/connection.js";
import { Hub } from "../../src/delivery/hub.js";
import { MessageCache } from "../../src/delivery/message-cache.js";
import { Session } from "../../src/delivery/session.js";
import { MAX_UNREAD_BYTES } from "../../src/delivery/session-limits.js";
import { Metrics } from "../../src/metrics.js";
import type { OddsFeed } from "../../src/polling/feed.js";
import { CLOSE } from "../../src/protocol/connections.js";
import { wsClient } from "../helpers/clients.js";
import { rawSocketIo, startTarget } from "../helpers/hostile.js";
import { literalConnection } from "../helpers/literal-delivery.js";
import { type Running, rememberingLog } from "../helpers/start-app.js";

/** A session on a line that has this much (bytes) waiting to be read, what is written to it, and why it is cut off. */
function begin(unread: number) {
  const written: string[] = [];
  const refusals: Refusal[] = [];
  const held: string[] = [];
  const feed = {
    listen: () => {},
    refusal: () => undefined,
    want: (sport: string) => {
      held.push(sport);
      return () => void held.splice(held.indexOf(sport), 1);
    },
    trouble: () => undefined,
    current: () => undefined,
    version: () => undefined,
    epoch: () => "e",
    tickMs: 100,
  } as unknown as OddsFeed;
  const connection = literalConnection({
    write: (frame) => void written.push(frame.json),
    unread,
    refuse: (why) => void refusals.push(why),
  });
  const limits = { MAX_SUBSCRIPTIONS: 3, MAX_MESSAGES_PER_SECOND: 100 };
  const session = new Session(
    feed,
    new Hub(feed, new MessageCache(feed), new Metrics().transports, rememberingLog()),
    limits,
    connection,
    rememberingLog(),
  );
  const hear = (said: unknown) => {
    session.count();
    session.receive(said);
  };
  return { hear, connection, written, refusals, held };
}

describe("A client that asks on without reading", () => {
  it("is answered while no more waits for it than may", () => {
    const { hear, written, refusals } = begin(MAX_UNREAD_BYTES);
    hear({ type: "ping" });
    expect(written).toHaveLength(1);
    expect(refusals).toEqual([]);
  });

  it("is cut off once beyond that, with nothing more written or held for it", () => {
    const { hear, connection, written, refusals, held } = begin(0);
    hear({ type: "subscribe", sport: "one" });
    expect(held).toEqual(["one"]);
    connection.unread = MAX_UNREAD_BYTES + 1;
    for (let i = 0; i < 50; i += 1) hear({ type: "subscribe", sport: `more_${i}` });
    expect(written).toHaveLength(1);
    expect(refusals).toEqual(["too slow"]);
    expect(held).toEqual([]);
  });

  const nonsense = "x".repeat(90);
  it.each([
    {
      door: "plain WebSocket",
      connect: (server: Running) => wsClient(server),
      question: JSON.stringify({ type: "subscribe", sport: nonsense.toUpperCase() }),
      code: CLOSE.tooSlow,
    },
    {
      door: "Socket.IO",
      connect: rawSocketIo,
      question: `42/odds,["subscribe",{"sport":"${nonsense.toUpperCase()}"}]`,
      code: undefined,
    },
  ])("learns why at the $door door, should it read again", async ({ connect, question, code }) => {
    const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "100000" });
    const { socket, closed } = await connect(server);
    socket.pause();
    const cutOff = () => server.log.lines.some(({ message }) => message === "A client is cut off: too slow");
    // The kernel's buffers take some megabytes before the server notices.
    for (let i = 0; i < 200 && !cutOff(); i += 1) {
      for (let n = 0; n < 1000; n += 1) socket.send(question);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await expect.poll(cutOff, { timeout: 10_000 }).toBe(true);
    socket.resume();
    expect(await closed).toBe(code);
    expect(server.log.lines.filter(({ message }) => message.startsWith("A client is cut off"))).toHaveLength(
      1,
    );
  });
});
