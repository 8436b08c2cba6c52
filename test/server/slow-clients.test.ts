import { connect, type Socket } from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { bigBoard } from "../helpers/big-board.js";
import { wsClient } from "../helpers/clients.js";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "americanfootball_nfl";
v8.setFlagsFromString("--expose_gc");
const collect = vm.runInNewContext("gc") as () => void;

function memory(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A plain WebSocket client by hand, that can stop reading its TCP socket. */
async function rawSubscriber(server: Running, updates: string): Promise<{ socket: Socket; read(): string }> {
  const socket = closeAfter(connect(server.port, "127.0.0.1"), (it) => it.destroy());
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]).subarray(-2_000_000);
  });
  socket.write(
    "GET /odds HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await new Promise((resolve) => socket.once("data", resolve));
  const text = JSON.stringify({ type: "subscribe", sport: SPORT, updates });
  // A client's frame is masked (RFC 6455, section 5.3); a mask of zeros leaves the text as it is.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  await new Promise((resolve) => socket.once("data", resolve));
  return { socket, read: () => received.toString() };
}

describe("A client that stops reading", () => {
  it.each(["full", "delta"])("in %s mode is not queued for, and has the newest on thaw", async (updates) => {
    let step = 0;
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: bigBoard(0) }, [sport(SPORT)]), (it) =>
      it.close(),
    );
    const server = await startAppOn(api, { ODDS_CACHE_TTL_MS: "50", ODDS_POLL_INTERVAL_MS: "50" });
    const reader = await wsClient(server);
    reader.say({ type: "subscribe", sport: SPORT, updates: "delta" });
    const board = JSON.stringify((await reader.inbox.first("odds_update")).odds).length;
    const ticks = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        step += 1;
        api.boards.set(SPORT, bigBoard(step));
        await reader.inbox.next("odds_delta");
        reader.inbox.messages.length = 0;
      }
    };
    const frozen = await rawSubscriber(server, updates);
    await ticks(10);
    frozen.socket.pause();
    // The kernel's buffers on both sides take some boards before the server notices.
    await ticks(40);
    const before = memory();
    await ticks(40);
    // A queue would hold the 40 boards that went by; the rest is this process's own noise, test and clients included
    // (bench/slow-client.ts measures a server by itself).
    expect(memory() - before).toBeLessThan(12 * board);
    const thawed = performance.now();
    frozen.socket.resume();
    const newest = (await reader.inbox.next("odds_delta")).version;
    const versions = () =>
      [...frozen.read().matchAll(/"version":(\d+)/g)].map(([, version]) => Number(version));
    while (Math.max(0, ...versions()) < newest && performance.now() - thawed < 5000) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(Math.max(0, ...versions())).toBeGreaterThanOrEqual(newest);
  });

  it("by polling rarely gets the newest board at each poll, and one only", async () => {
    let step = 0;
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: bigBoard(0) }, [sport(SPORT)]), (it) =>
      it.close(),
    );
    const server = await startAppOn(api);
    const reader = await wsClient(server);
    reader.say({ type: "subscribe", sport: SPORT });
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const opened = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
    const here = `${url}&sid=${opened.sid}`;
    const poll = async () => (await fetch(here)).text();
    await fetch(here, { method: "POST", body: "40/odds," });
    await poll();
    await fetch(here, { method: "POST", body: `42/odds,["subscribe",{"sport":"${SPORT}"}]` });
    const updatesIn = (polled: string): OddsUpdate[] =>
      polled
        .split("\u001e")
        .filter((packet) => packet.startsWith('42/odds,["odds_update"'))
        .map((packet) => JSON.parse(packet.slice("42/odds,".length))[1]);
    await poll();
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 8; i += 1) {
        step += 1;
        api.boards.set(SPORT, bigBoard(step));
        await reader.inbox.next("odds_update");
      }
      const newest = reader.inbox.all("odds_update").at(-1)?.version ?? 0;
      const updates = updatesIn(await poll());
      expect(updates.length).toBe(1);
      expect(updates[0]?.version).toBeGreaterThanOrEqual(newest);
    }
  });
});
