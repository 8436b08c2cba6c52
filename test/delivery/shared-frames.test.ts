import { constants, inflateRawSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { PreparedText } from "../../src/delivery/prepared-message.js";
import { oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { bigBoard } from "../helpers/big-board.js";
import { DOORS } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { inFull } from "../helpers/in-full.js";
import { BROWSER_OFFER } from "../helpers/raw-frames.js";
import { type RawFrame, type RawWebSocket, rawWebSocket } from "../helpers/raw-websocket.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "americanfootball_nfl";
/** The same number at each door. */
const CLIENTS = inFull(40, 12);

async function start(): Promise<Running> {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: bigBoard(0) }), (fake) => fake.close());
  return startAppOn(api);
}

const WAYS = [
  {
    door: "Socket.IO",
    path: "/socket.io/?EIO=4&transport=websocket",
    async subscribe(client: RawWebSocket) {
      const joined = client.next(({ text }) => text.startsWith("40/odds,"));
      client.say("40/odds,");
      await joined;
      client.say(`42/odds,["subscribe",{"sport":"${SPORT}"}]`);
    },
    board: (text: string): unknown => JSON.parse(text.slice("42/odds,".length))[1],
  },
  {
    door: "plain WebSocket",
    path: "/odds",
    async subscribe(client: RawWebSocket) {
      client.say(`{"type":"subscribe","sport":"${SPORT}"}`);
    },
    board: (text: string): unknown => JSON.parse(text),
  },
];

const isBoard = ({ text }: { text: string }) => text.includes("odds_update");

describe.each(WAYS)("At the $door door", ({ path, subscribe, board }) => {
  it("clients that take compression get the very same bytes, and they are a board", async () => {
    const server = await start();
    const clients = await Promise.all([1, 2].map(() => rawWebSocket(server, path, BROWSER_OFFER)));
    for (const client of clients) {
      expect(client.extensions).toContain("permessage-deflate");
      expect(client.extensions).toContain("server_no_context_takeover");
      const first = client.next(isBoard);
      await subscribe(client);
      await first;
    }
    // Of the same tick: it may have reached one of them before this line.
    const [first, second] = clients.map((client) => {
      const heard = new Map<number, RawFrame>();
      client.onText((frame) => heard.set(Number(/"timestamp":(\d+)/.exec(frame.text)?.[1]), frame));
      return heard;
    });
    const shared = () => [...(first?.keys() ?? [])].find((tick) => second?.has(tick));
    await expect.poll(shared).toBeDefined();
    const [one, other] = [first, second].map((heard) => heard?.get(shared() ?? 0));
    expect(one?.compressed).toBe(true);
    expect(one?.bytes.equals(other?.bytes ?? Buffer.alloc(0))).toBe(true);
    const update = oddsUpdateSchema.parse(board(one?.text ?? ""));
    expect(update.odds).toHaveLength(100);
    expect(one?.bytes.length).toBeLessThan((one?.text.length ?? 0) / 15);
  });

  it.each([
    ["offer the shared window by its size", "permessage-deflate; server_max_window_bits=15"],
    ["offer it in quotes", 'permessage-deflate; server_max_window_bits="15"; client_max_window_bits=15'],
    [
      "offer one that does not suit and then one that does",
      "permessage-deflate; server_max_window_bits=10, permessage-deflate",
    ],
    ["offer another extension first", "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits"],
  ])("clients that %s get compressed frames", async (_which, offer) => {
    const server = await start();
    const client = await rawWebSocket(server, path, offer);
    expect(client.extensions).toContain("permessage-deflate");
    const first = client.next(isBoard);
    await subscribe(client);
    const frame = await first;
    expect(frame.compressed).toBe(true);
    expect(oddsUpdateSchema.parse(board(frame.text)).odds).toHaveLength(100);
  });

  it.each([
    ["offer none", undefined],
    ["offer none that this server knows", "x-webkit-deflate-frame"],
    ["want a smaller window than the shared one", "permessage-deflate; server_max_window_bits=10"],
    ["write that size with a sign", "permessage-deflate; server_max_window_bits=+10"],
    ["write it in quotes and escaped", 'permessage-deflate; server_max_window_bits="\\1\\0"'],
  ])("clients that %s get plain frames", async (_which, offer) => {
    const server = await start();
    const client = await rawWebSocket(server, path, offer);
    expect(client.extensions).toBe("");
    const first = client.next(isBoard);
    await subscribe(client);
    const frame = await first;
    expect(frame.compressed).toBe(false);
    expect(oddsUpdateSchema.parse(board(frame.text)).odds).toHaveLength(100);
  });
});

describe("A board", () => {
  it("is turned into JSON once, however many join and however many ticks send it", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: bigBoard(0) }), (fake) => fake.close());
    // It is read once, and sent each tick.
    const server = await startAppOn(api, { ODDS_POLL_INTERVAL_MS: "500", ODDS_CACHE_TTL_MS: "3600000" });
    const encode = vi.spyOn(JSON, "stringify");
    closeAfter(encode, (spy) => spy.mockRestore());
    const clients = await Promise.all(
      DOORS.flatMap(({ connect }) => Array.from({ length: CLIENTS / DOORS.length }, () => connect(server))),
    );
    for (const client of clients) client.say({ type: "subscribe", sport: SPORT });
    await Promise.all(clients.map(({ inbox }) => inbox.first("odds_update")));
    for (let tick = 0; tick < 3; tick += 1) await clients[0]?.inbox.next("odds_update");
    const isBoardItself = (value: unknown) =>
      Array.isArray(value) &&
      value.length === 100 &&
      "changed_at" in (value[0]?.bookmakers?.[0]?.markets?.[0] ?? {});
    const isInside = (value: unknown) =>
      value !== null && typeof value === "object" && "odds" in value && isBoardItself(value.odds);
    const encoded = encode.mock.calls.filter(([value]) => isBoardItself(value) || isInside(value));
    expect(encoded).toHaveLength(1);
  });

  it("that could not be compressed once is the next time", async () => {
    let isFaulty = true;
    class FaultyOnce extends PreparedText {
      override get bytes(): Buffer {
        // Which zlib does not take.
        return isFaulty ? (1 as unknown as Buffer) : super.bytes;
      }
    }
    const text = new FaultyOnce(JSON.stringify(bigBoard(0)));
    await expect(text.compress(1000)).rejects.toThrow(TypeError);
    isFaulty = false;
    await text.compress(1000);
    expect(inflateRawSync(text.piece, { finishFlush: constants.Z_SYNC_FLUSH }).toString()).toBe(text.text);
  });
});
