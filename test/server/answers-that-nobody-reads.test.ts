import { describe, expect, it } from "vitest";
import { MAX_UNREAD_BYTES } from "../../src/delivery/session-limits.js";
import { RAW_DOORS, type RawClient, wsClient } from "../helpers/clients.js";
import { expectStillServing, startTarget } from "../helpers/hostile.js";
import { OPCODE, rawFrame } from "../helpers/raw-frames.js";
import type { Running } from "../helpers/start-app.js";

const PING = rawFrame("x".repeat(125), { opcode: OPCODE.ping });
const CHUNK = 500;

/** Sends the same frame on and on without reading, until it is cut off; returns how many. */
async function flood({ raw }: RawClient, frame: Buffer, most: number): Promise<number> {
  raw.socket.pause();
  const chunk = Buffer.concat(Array.from({ length: CHUNK }, () => frame));
  let sent = 0;
  let gone = false;
  raw.socket.once("error", () => {
    gone = true;
  });
  raw.socket.once("close", () => {
    gone = true;
  });
  while (!gone && sent < most) {
    raw.write(chunk);
    sent += CHUNK;
    await new Promise((resolve) => setImmediate(resolve));
  }
  raw.socket.resume();
  await raw.closed;
  return sent;
}

const cutOff = (server: Running) =>
  server.log.lines.filter(({ message }) => message.startsWith("A client is cut off"));

describe.each(RAW_DOORS)("At the $door door", ({ door, connect }) => {
  it("somebody who sends pings and does not read the pongs is cut off", async () => {
    const server = await startTarget();
    const client = await connect(server);
    await flood(client, PING, 100_000);
    expect(cutOff(server)).toHaveLength(1);
    await expectStillServing(server);
  });

  it("as many pings as messages may be sent, and each is answered", async () => {
    const server = await startTarget();
    const { raw } = await connect(server);
    raw.write(...Array.from({ length: 10 }, (_, i) => rawFrame(String(i), { opcode: OPCODE.ping })));
    await expect.poll(() => raw.pongs.length).toBe(10);
    expect(cutOff(server)).toEqual([]);
  });

  it("what waits unread is bounded, however slowly it grows", async () => {
    // So many may come in that only what is unread can end it.
    const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "100000" });
    const client = await connect(server);
    client.raw.socket.pause();
    const unknown = client.textOf({ type: "subscribe", sport: "x".repeat(90) });
    const frames = Buffer.concat(Array.from({ length: CHUNK }, () => rawFrame(unknown)));
    for (let i = 0; i < 400 && cutOff(server).length === 0; i += 1) {
      client.raw.write(frames);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(cutOff(server)).toMatchObject([{ message: "A client is cut off: too slow" }]);
    expect(MAX_UNREAD_BYTES).toBeLessThan(1024 * 1024);
    await expectStillServing(server);
    expect(door).toBeTruthy();
  });
});

describe("At Socket.IO", () => {
  const [socketIo] = RAW_DOORS;

  it.each([
    ["joins of namespaces that are none", "40/nowhere,"],
    ["joins of the namespace that it is in", "40/odds,"],
    ["joins of the default namespace", "40"],
    ["events in the default namespace", '42["subscribe",{"sport":"basketball_nba"}]'],
    ["events that nobody knows", '42/odds,["nonsense",{"a":1}]'],
    ["events with callbacks", '42/odds,7["nonsense"]'],
    ["answers to questions that nobody asked", "43/odds,5[1]"],
    ["heartbeats", "3"],
    ["probes of an upgrade", "2probe"],
  ])("a flood of %s, not read, is cut off, and others are served", async (_name, packet) => {
    const server = await startTarget();
    const bystander = await wsClient(server);
    bystander.say({ type: "subscribe", sport: "basketball_nba" });
    await bystander.inbox.first("odds_update");
    const client = await socketIo?.connect(server);
    const before = process.memoryUsage().rss;
    if (client) await flood(client, rawFrame(packet), 1_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(cutOff(server).length).toBeLessThanOrEqual(1);
    await bystander.inbox.next("odds_update");
    await expectStillServing(server);
  });
});
