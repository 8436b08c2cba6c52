import { createServer } from "node:http";
import { Server } from "socket.io";
import { describe, expect, it } from "vitest";
import * as ws from "ws";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { engineKeepsOrder, wsKeepsOrder } from "../../src/transports/raw-socket.js";
import { SharedDeflateServer } from "../../src/transports/websocket-server.js";
import { bigBoard } from "../helpers/big-board.js";
import { RAW_DOORS, socketIoClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeFrame, compressedFrame, OPCODE, rawFrame } from "../helpers/raw-frames.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "americanfootball_nfl";

type SendFrame = (this: unknown, list: readonly Buffer[], sent: (error?: Error) => void) => void;
/** ws' own, which its types do not show. */
const { Sender } = ws as unknown as { Sender: { prototype: { sendFrame: SendFrame } } };

/** A version of ws that holds back what it sends for a while, until the test is over. */
function anotherWs(): void {
  const { sendFrame } = Sender.prototype;
  closeAfter(Sender.prototype, (prototype) => {
    prototype.sendFrame = sendFrame;
  });
  Sender.prototype.sendFrame = function (list, sent) {
    setImmediate(() => sendFrame.call(this, list, sent));
  };
}

function engineClass(): Parameters<typeof engineKeepsOrder>[0] {
  const io = closeAfter(new Server(createServer()), (it) => void it.engine.close());
  return io.engine.constructor as unknown as Parameters<typeof engineKeepsOrder>[0];
}
const ENGINE_OPTIONS = { perMessageDeflate: false, wsEngine: SharedDeflateServer };

/** A server with a big board whose prices move each tick. */
async function start(): Promise<Running> {
  let reads = 0;
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: bigBoard(0) }), (fake) => fake.close());
  api.board = (_request, response) => {
    reads += 1;
    response.end(JSON.stringify(bigBoard(reads)));
  };
  return startAppOn(api, {
    ODDS_POLL_INTERVAL_MS: "100",
    ODDS_CACHE_TTL_MS: "0",
    MAX_MESSAGES_PER_SECOND: "500",
  });
}

describe("Whether frames may be written past the libraries", () => {
  it("is found out at start: they may with these versions", async () => {
    expect(wsKeepsOrder(SharedDeflateServer)).toBe(true);
    expect(await engineKeepsOrder(engineClass(), ENGINE_OPTIONS)).toBe(true);
  });

  it("is denied where ws holds something back, or is not there", async () => {
    anotherWs();
    expect(wsKeepsOrder(SharedDeflateServer)).toBe(false);
    expect(await engineKeepsOrder(engineClass(), ENGINE_OPTIONS)).toBe(false);
    const broken = class {} as unknown as typeof ws.WebSocketServer;
    expect(wsKeepsOrder(broken)).toBe(false);
    expect(await engineKeepsOrder(class {} as unknown as ReturnType<typeof engineClass>, {})).toBe(false);
  });
});

describe.each([
  { way: "past the libraries", prepare: () => {}, warnings: 0 },
  { way: "the public way, with a ws that holds back", prepare: anotherWs, warnings: 2 },
])("Boards sent $way", ({ prepare, warnings }) => {
  it.each(RAW_DOORS)(
    "keep their place at the $door door among pongs, answers and heartbeats, and end with the Close",
    async ({ connect }) => {
      prepare();
      const server = await start();
      const { raw, inbox, textOf } = await connect(server);
      const said = (message: Record<string, unknown>) => compressedFrame(textOf(message));
      raw.write(said({ type: "subscribe", sport: SPORT, updates: "delta" }));
      let board: ClientBoard | undefined;
      const take = inbox.take.bind(inbox);
      inbox.take = (message) => {
        if (message.type === "odds_update") board = message;
        if (message.type === "odds_delta" && board) board = applyDelta(board, message);
        take(message);
      };
      await inbox.first("odds_update");
      for (let i = 0; i < 20; i += 1) {
        raw.write(
          rawFrame(String(i), { opcode: OPCODE.ping }),
          said({ type: "unsubscribe", sport: `other_${i}` }),
          said({ type: "subscribe", sport: SPORT, updates: i % 2 ? "full" : "delta" }),
        );
        await inbox.next("subscription_ack");
      }
      expect(raw.pongs).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
      expect(inbox.all("unsubscription_ack").map(({ sport }) => sport)).toEqual(
        Array.from({ length: 20 }, (_, i) => `other_${i}`),
      );
      raw.write(said({ type: "subscribe", sport: SPORT, updates: "delta" }));
      await inbox.next("odds_update");
      for (let i = 0; i < 10; i += 1) await inbox.next("odds_delta");
      const answer = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
      const now = (await answer.json()) as ClientBoard;
      if ((board?.version ?? 0) < now.version)
        await inbox.next("odds_delta", ({ version }) => version >= now.version);
      if (board?.version === now.version) expect(board.odds).toEqual(now.odds);
      raw.write(closeFrame(1000));
      expect(await raw.closed).toBe(1000);
      expect(raw.afterClose).toEqual([]);
      const told = server.log.lines.filter(({ message }) => message.includes("not as expected"));
      expect(told).toHaveLength(warnings);
    },
  );

  it("go on without a gap while a polling client goes over to a WebSocket", async () => {
    prepare();
    const server = await start();
    for (let i = 0; i < 5; i += 1) {
      const { socket, inbox } = await socketIoClient(server, { transports: ["polling", "websocket"] });
      const { engine } = socket.io;
      const isUpgraded = () => engine.transport.name === "websocket";
      const upgraded = new Promise((resolve) =>
        isUpgraded() ? resolve(0) : engine.once("upgrade", resolve),
      );
      let board: ClientBoard | undefined;
      let whole = 0;
      socket.on("odds_update", (update) => {
        board = update;
        whole += 1;
      });
      socket.on("odds_delta", (delta) => {
        if (board) board = applyDelta(board, delta);
      });
      socket.emit("subscribe", { sport: SPORT, updates: "delta" });
      await upgraded;
      await inbox.first("odds_update");
      for (let n = 0; n < 3; n += 1) await inbox.next("odds_delta");
      expect(whole).toBe(1);
      socket.disconnect();
    }
  });
});
