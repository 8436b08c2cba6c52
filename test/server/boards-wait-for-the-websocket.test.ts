import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { wsClient } from "../helpers/clients.js";
import { type FakeOddsApi, smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const LONG_MS = 60_000;

interface Board {
  readonly event: string;
  readonly version: number;
  readonly from?: number;
}

/** The boards in what came by a poll or in a frame. */
function boardsIn(text: string): Board[] {
  return text.split("\u001e").flatMap((packet) => {
    const [, event, body] = /^42\/odds,\["(odds_update|odds_delta)",(.*)\]$/s.exec(packet) ?? [];
    return event && body ? [{ event, ...JSON.parse(body) }] : [];
  });
}

/** A Socket.IO client by hand that polls, and goes on with a WebSocket step by step. */
class Upgrader {
  readonly frames: string[] = [];
  private constructor(
    private readonly server: Running,
    private readonly sid: string,
  ) {}

  static async enter(server: Running): Promise<Upgrader> {
    const opened = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text();
    const client = new Upgrader(server, (JSON.parse(opened.slice(1)) as { sid: string }).sid);
    await client.post("40/odds,");
    await client.poll();
    return client;
  }

  private get query(): string {
    return `/socket.io/?EIO=4&sid=${this.sid}&transport=`;
  }

  async poll(): Promise<string> {
    return (await fetch(`${this.server.url}${this.query}polling`)).text();
  }

  /** Polls until a board comes. */
  async polledBoard(): Promise<Board | undefined> {
    for (;;) {
      const [board] = boardsIn(await this.poll());
      if (board) return board;
    }
  }

  async post(body: string): Promise<void> {
    await fetch(`${this.server.url}${this.query}polling`, { method: "POST", body });
  }

  subscribe(updates: string): Promise<void> {
    return this.post(`42/odds,["subscribe",${JSON.stringify({ sport: SPORT, updates })}]`);
  }

  async openWebSocket(): Promise<WebSocket> {
    const socket = closeAfter(
      new WebSocket(`${this.server.url.replace("http", "ws")}${this.query}websocket`),
      (it) => it.terminate(),
    );
    socket.on("message", (data) => this.frames.push(String(data)));
    await new Promise((resolve) => socket.once("open", resolve));
    return socket;
  }

  /** Asks whether the WebSocket works, until the server has said so. */
  async probe(socket: WebSocket): Promise<void> {
    const answered = new Promise((resolve) => socket.once("message", resolve));
    socket.send("2probe");
    await answered;
    expect(this.frames).toEqual(["3probe"]);
  }

  /** Goes on with the WebSocket; resolves with the first boards that come by it. */
  async upgrade(socket: WebSocket): Promise<Board[]> {
    socket.send("5");
    for (;;) {
      const boards = this.frames.flatMap(boardsIn);
      if (boards.length > 0) return boards;
      await new Promise((resolve) => socket.once("message", resolve));
    }
  }
}

/** A server with a board that somebody watches, and is read once in a long time unless `tickMs` says otherwise. */
async function started(tickMs = LONG_MS): Promise<{ api: FakeOddsApi; server: Running; watch: Watch }> {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard() }, [sport(SPORT)]), (it) =>
    it.close(),
  );
  const ms = String(tickMs);
  const server = await startAppOn(api, { ODDS_POLL_INTERVAL_MS: ms, ODDS_CACHE_TTL_MS: ms });
  const watch = await wsClient(server);
  watch.say({ type: "subscribe", sport: SPORT, updates: "delta" });
  await watch.inbox.first("odds_update");
  return { api, server, watch };
}
type Watch = Awaited<ReturnType<typeof wsClient>>;

describe("While a polling client goes over to a WebSocket", () => {
  it.each(["full", "delta"])("its first board waits for that, in %s mode", async (updates) => {
    const { server } = await started();
    const client = await Upgrader.enter(server);
    const socket = await client.openWebSocket();
    await client.subscribe(updates);
    expect(boardsIn(await client.poll())).toEqual([]);
    await client.probe(socket);
    expect(await client.poll()).toBe("6");
    const boards = await client.upgrade(socket);
    expect(boards.map(({ event }) => event)).toEqual(["odds_update"]);
  });

  it("what changes meanwhile comes once, and after what it had by polling", async () => {
    const { api, server, watch } = await started(100);
    const client = await Upgrader.enter(server);
    await client.subscribe("delta");
    const had = await client.polledBoard();
    const socket = await client.openWebSocket();
    await client.probe(socket);
    const polled = client.poll();
    api.boards.set(SPORT, smallBoard(2.5));
    let { version } = await watch.inbox.next("odds_delta");
    while (version === had?.version) ({ version } = await watch.inbox.next("odds_delta"));
    expect(boardsIn(await polled)).toEqual([]);
    const [first] = await client.upgrade(socket);
    expect(first).toMatchObject({ event: "odds_delta", from: had?.version });
    expect(first?.version).toBeGreaterThan(had?.version ?? 0);
  });

  it("and that is cut, its board comes by the poll that waits", async () => {
    const { server } = await started();
    const client = await Upgrader.enter(server);
    const socket = await client.openWebSocket();
    await client.subscribe("full");
    expect(boardsIn(await client.poll())).toEqual([]);
    const board = client.polledBoard();
    await client.probe(socket);
    socket.terminate();
    expect((await board)?.event).toBe("odds_update");
  });

  it("and that hangs, its board comes by polling in the end", async () => {
    const { server } = await started(100);
    const client = await Upgrader.enter(server);
    const socket = await client.openWebSocket();
    await client.subscribe("full");
    expect(boardsIn(await client.poll())).toEqual([]);
    expect((await client.polledBoard())?.event).toBe("odds_update");
    // It may still go on with it.
    await client.probe(socket);
    expect((await client.upgrade(socket))[0]?.event).toBe("odds_update");
  });
});
