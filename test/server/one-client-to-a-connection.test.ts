import { Manager } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { RAW_DOORS, rawClient } from "../helpers/clients.js";
import { expectStillServing, startTarget } from "../helpers/hostile.js";
import { compressedFrame, rawFrame } from "../helpers/raw-frames.js";
import { rawWebSocket } from "../helpers/raw-websocket.js";
import { closeAfter, type Running } from "../helpers/start-app.js";

const PATH = "/socket.io/?EIO=4&transport=websocket";

async function websockets(server: Running): Promise<number> {
  const health = (await (await fetch(`${server.url}/health`)).json()) as { websocket: number };
  return health.websocket;
}

describe("A Socket.IO connection", () => {
  it.each([
    ["twice in one packet", 2],
    ["4,000 times in one packet", 4000],
  ])("that enters /odds %s has one client there, or is ended", async (_often, joins) => {
    const server = await startTarget();
    const raw = await rawWebSocket(server, PATH);
    const heard: string[] = [];
    raw.onText(({ text }) => heard.push(text));
    raw.write(...Array.from({ length: joins }, () => rawFrame("40/odds,")));
    if (joins === 2)
      await expect.poll(() => heard.filter((text) => text.startsWith("44/odds,")).length).toBe(1);
    else await raw.closed;
    expect(await websockets(server)).toBeLessThanOrEqual(1);
    const connected = server.log.lines.filter(({ message }) => message === "Client connected");
    expect(connected.length).toBeLessThanOrEqual(1);
    expect(server.log.lines.length).toBeLessThan(20);
    await expectStillServing(server);
  });

  it("may enter the default namespace, /odds, leave the default one and enter it again", async () => {
    const server = await startTarget();
    const raw = await rawWebSocket(server, PATH);
    for (const [packet, answer] of [
      ["40", "40{"],
      ["40/odds,", "40/odds,{"],
      ["41", undefined],
      ["40", "40{"],
      ["41/odds,", undefined],
      ["40/odds,", "40/odds,{"],
    ] as const) {
      const answered = answer && raw.next(({ text }) => text.startsWith(answer));
      raw.say(packet);
      // Leaving is not answered: a whole turn of the server's is waited for.
      if (answered) await answered;
      else await fetch(`${server.url}/health`);
    }
    const acked = raw.next(({ text }) => text.includes("subscription_ack"));
    raw.say('42/odds,["subscribe",{"sport":"basketball_nba"}]');
    await acked;
    expect(await websockets(server)).toBe(1);
    await expectStillServing(server);
  });

  it.each(["websocket", "polling"] as const)(
    "of a page with io(url) and io(url + '/odds') may leave and enter /odds again and again, over %s",
    async (transport) => {
      const server = await startTarget({ MAX_MESSAGES_PER_SECOND: "1000" });
      const manager = closeAfter(new Manager(server.url, { transports: [transport] }), (it) => it._close());
      const root = manager.socket("/");
      const odds = manager.socket("/odds");
      for (let i = 0; i < 5; i += 1) {
        const update = new Promise((resolve) => odds.once("odds_update", resolve));
        odds.connect();
        odds.emit("subscribe", { sport: "basketball_nba" });
        await update;
        odds.disconnect();
        await expect.poll(() => websockets(server)).toBe(0);
      }
      expect(root.connected).toBe(true);
      await expectStillServing(server);
    },
  );

  it("holds nothing of what came in one packet behind its leaving", async () => {
    const server = await startTarget();
    const { raw, textOf } = await rawClient(server, "Socket.IO");
    raw.write(
      ...["41/odds,", textOf({ type: "subscribe", sport: "basketball_nba" })].map((text) =>
        compressedFrame(text),
      ),
    );
    await expect.poll(() => websockets(server)).toBe(0);
    const health = (await (await fetch(`${server.url}/health`)).json()) as { wanted: string[] };
    expect(health.wanted).toEqual([]);
  });
});

describe.each(RAW_DOORS)("At the $door door", ({ door, connect }) => {
  it("leaving and coming back renews nothing of what a connection may say", async () => {
    const server = await startTarget();
    const { raw, inbox, textOf } = await connect(server);
    const ping = textOf({ type: "unsubscribe", sport: "basketball_nba" });
    const round = door === "Socket.IO" ? ["41/odds,", "40/odds,"] : [];
    let gone = false;
    void raw.closed.then(() => {
      gone = true;
    });
    // Slow enough that a packet never leaves and enters in one.
    for (let i = 0; i < 40 && !gone; i += 1) {
      for (const text of [...Array.from({ length: 10 }, () => ping), ...round]) {
        raw.write(rawFrame(text));
        if (text.startsWith("4")) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await raw.closed;
    const obeyed = inbox.all("unsubscription_ack").length;
    expect(obeyed).toBeLessThanOrEqual(2 * server.config.MAX_MESSAGES_PER_SECOND);
    await expectStillServing(server);
  });
});
