import { describe, expect, it } from "vitest";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { type ServerMessage, serverMessageSchema } from "../../src/protocol/server-messages.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { expectStillServing } from "../helpers/hostile.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { jsonFromPython } from "../helpers/python.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORTS = ["basketball_nba", ...Array.from({ length: 5 }, (_, i) => `sport_${i}`)];

async function start(): Promise<Running> {
  const boards = Object.fromEntries(SPORTS.map((sport) => [sport, livelyBoard(sport, 1)]));
  const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
  makeLively(api);
  return startAppOn(api, { ODDS_POLL_INTERVAL_MS: "300", ODDS_CACHE_TTL_MS: "300" });
}

/** Everything asked for was answered, in order, and each board follows from the messages without a gap. */
function expectAll(messages: readonly ServerMessage[]): void {
  const of = <T extends ServerMessage["type"]>(type: T) =>
    messages.filter((message): message is Extract<ServerMessage, { type: T }> => message.type === type);
  expect(of("subscription_ack").map(({ sport }) => sport)).toEqual(SPORTS);
  expect(of("unsubscription_ack").map(({ sport }) => sport)).toEqual(SPORTS.slice(0, 1));
  expect(of("error")).toEqual([]);
  const boards = new Map<string, ClientBoard>();
  for (const message of messages) {
    if (message.type === "odds_update") boards.set(message.sport, message);
    if (message.type !== "odds_delta") continue;
    const board = boards.get(message.sport) ?? expect.fail("a delta before any board");
    boards.set(message.sport, applyDelta(board, message));
  }
  for (const sport of SPORTS.slice(1)) expect(boards.get(sport)?.odds, sport).toHaveLength(5);
}

const parsed = (lines: readonly unknown[]) => lines.map((line) => serverMessageSchema.parse(line));

describe("A client in Python that says several things at once", { timeout: 60_000 }, () => {
  it("over a plain WebSocket, compressing them all, gets every answer and board (websockets)", async (context) => {
    const server = await start();
    const lines = await jsonFromPython(context, "websockets", "many_plain.py", server.wsUrl, ...SPORTS);
    const messages = parsed(lines);
    expectAll(messages);
    expect(messages.filter(({ type }) => type === "pong")).toHaveLength(2);
    await expectStillServing(server);
  });

  for (const transport of ["websocket", "polling"]) {
    it(`over Socket.IO by ${transport}, gets every answer and board (python-socketio)`, async (context) => {
      const server = await start();
      const args = [server.url, transport, ...SPORTS];
      expectAll(parsed(await jsonFromPython(context, "socketio, aiohttp", "many_socketio.py", ...args)));
      await expectStillServing(server);
    });
  }
});
