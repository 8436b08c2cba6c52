import { afterEach, describe, expect, it, vi } from "vitest";
import { connectOdds, type OddsConnection, type SportState } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import {
  ack,
  board,
  type FakeOddsServer,
  refusal,
  startFakeOddsServer,
} from "../helpers/fake-odds-server.js";
import { closeAfter } from "../helpers/start-app.js";

afterEach(() => void vi.unstubAllGlobals());

const SPORT = "basketball_nba";

async function setUp(): Promise<{
  server: FakeOddsServer;
  odds: OddsConnection;
  tick(version: number): void;
}> {
  const server = await startFakeOddsServer();
  const odds = closeAfter(
    // By WebSocket from the start: a change of the transport would be told as well.
    connectOdds(server.url, {
      transports: ["websocket"],
      reconnectionDelay: 20,
      reconnectionDelayMax: 50,
    }),
    (it) => it.close(),
  );
  const tick = (version: number) => void server.odds.emit("odds_update", board(SPORT, { version }));
  return { server, odds, tick };
}

/** What a listener has been told: the versions of boards. */
function versions(odds: OddsConnection, during: (state: SportState) => void = () => {}) {
  const told: (number | undefined)[] = [];
  const stop = odds.subscribe(SPORT, (state) => {
    told.push(state.board?.version);
    during(state);
  });
  return { told, stop };
}

describe("A listener of the client library", () => {
  it("that throws keeps nothing from the others, and its fault is reported as an uncaught error", async () => {
    const { odds, tick, server } = await setUp();
    const faults: unknown[] = [];
    vi.stubGlobal("reportError", (fault: unknown) => void faults.push(fault));
    const fault = new Error("of the application");
    const failing = () => {
      throw fault;
    };
    odds.subscribe(SPORT, failing);
    odds.onConnection(failing);
    odds.onError(failing);
    const { told } = versions(odds);
    const [states, errors]: [string[], string[]] = [[], []];
    odds.onConnection((state) => void states.push(state));
    odds.onError(({ code }) => void errors.push(code));
    await eventually(() => told).toContain(1);
    tick(2);
    await eventually(() => told).toContain(2);
    server.odds.emit("error", { type: "error", timestamp: 1, code: "INTERNAL", message: "Something." });
    await eventually(() => errors).toEqual(["INTERNAL"]);
    expect(states).toEqual(["connected"]);
    expect(faults.length).toBeGreaterThanOrEqual(4);
    expect(faults.every((it) => it === fault)).toBe(true);
    odds.close();
  });

  it("that throws at once when it subscribes can still be taken off", async () => {
    const { odds, tick, server } = await setUp();
    const faults: unknown[] = [];
    vi.stubGlobal("reportError", (fault: unknown) => void faults.push(fault));
    const { told, stop: stopOther } = versions(odds);
    await eventually(() => told).toContain(1);
    const stop = odds.subscribe(SPORT, () => {
      throw new Error("of the application");
    });
    expect(faults).toHaveLength(1);
    stop();
    tick(2);
    await eventually(() => told).toContain(2);
    expect(faults).toHaveLength(1);
    stopOther();
    await eventually(() => server.said.at(-1)?.event).toBe("unsubscribe");
  });

  it("has its fault thrown where there is no reportError, as in Node", async () => {
    vi.stubGlobal("reportError", undefined);
    const { odds, tick } = await setUp();
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const faults: unknown[] = [];
    process.on("uncaughtException", (fault) => void faults.push(fault));
    closeAfter(others, () => {
      process.removeAllListeners("uncaughtException");
      for (const other of others) process.on("uncaughtException", other);
    });
    const fault = new Error("of the application");
    odds.subscribe(SPORT, () => {
      throw fault;
    });
    const { told } = versions(odds);
    await eventually(() => told).toContain(1);
    tick(2);
    await eventually(() => told).toContain(2);
    await eventually(() => faults.length).toBeGreaterThanOrEqual(2);
    expect(faults.every((it) => it === fault)).toBe(true);
  });

  it("may leave itself and others, and come back, in its call", async () => {
    const { odds, tick } = await setUp();
    const calls: string[] = [];
    const stops: (() => void)[] = [];
    let rounds = 0;
    const again = (): (() => void) => {
      let first = true;
      return odds.subscribe(SPORT, ({ board }) => {
        if (!board) return;
        // Not at once, as it subscribes.
        if (first && rounds > 0) {
          first = false;
          return;
        }
        calls.push(`again ${board?.version}`);
        rounds += 1;
        if (rounds > 100) throw new Error("It is called for ever");
        stops.splice(0).map((stop) => stop());
        stops.push(again());
      });
    };
    stops.push(again());
    const { told } = versions(odds);
    await eventually(() => told).toContain(1);
    tick(2);
    await eventually(() => told).toContain(2);
    expect(calls).toEqual(["again 1", "again 2"]);
  });

  it("is not called any more after close() in another's call", async () => {
    const { odds, tick } = await setUp();
    const first = versions(odds, ({ board }) => board?.version === 2 && odds.close());
    const second = versions(odds);
    const states: string[] = [];
    odds.onConnection((state) => void states.push(state));
    await eventually(() => second.told).toContain(1);
    tick(2);
    await eventually(() => states.at(-1)).toBe("closed");
    expect(first.told.at(-1)).toBe(2);
    expect(second.told).not.toContain(2);
  });

  it("that closes the connection as it is lost keeps it closed", async () => {
    const { odds, server } = await setUp();
    const { told } = versions(odds);
    await eventually(() => told).toContain(1);
    const before = server.said.length;
    odds.onConnection((state) => state === "connecting" && odds.close());
    server.odds.emit("reconnect", { type: "reconnect", timestamp: 1, delayMs: 1 });
    await eventually(() => odds.state).toBe("closed");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.odds.sockets.size).toBe(0);
    expect(server.said.length).toBe(before);
    expect(odds.state).toBe("closed");
  });

  it("hears the states of the connection in their order, whatever another does", async () => {
    const { odds, server } = await setUp();
    const orders: string[][] = [[], []];
    odds.onConnection((state) => {
      orders[0]?.push(state);
      if (state === "connected") odds.close();
    });
    odds.onConnection((state) => void orders[1]?.push(state));
    await eventually(() => orders[1]).toEqual(["connected", "closed"]);
    expect(orders[0]).toEqual(["connected", "closed"]);
    await eventually(() => server.odds.sockets.size).toBe(0);
  });

  it("may be given twice, and taken off once", async () => {
    const { odds } = await setUp();
    const states: string[] = [];
    const listener = (state: string) => void states.push(state);
    const stop = odds.onConnection(listener);
    odds.onConnection(listener);
    stop();
    await eventually(() => states).toEqual(["connected"]);
  });

  it("hears once of an error that lasts, at reconnections too", async () => {
    const { odds, server } = await setUp();
    server.behaviour = ({ sport, answer, socket }) => {
      if (sport !== "curling_moon") return false;
      answer(refusal("UNKNOWN_SPORT"));
      const error = { type: "error", timestamp: 1, code: "UNKNOWN_SPORT", message: "UNKNOWN_SPORT", sport };
      return socket.emit("error", error);
    };
    const errors: (string | undefined)[] = [];
    odds.onError(({ code, sport }) => void errors.push(`${code} ${sport}`));
    let error: string | undefined;
    odds.subscribe("curling_moon", (state) => {
      error = state.error?.code;
    });
    for (let round = 1; round <= 3; round++) {
      await eventually(() => server.said.length).toBe(round);
      await eventually(() => error).toBe("UNKNOWN_SPORT");
      server.cut();
    }
    expect(errors).toEqual(["UNKNOWN_SPORT curling_moon"]);
  });

  it("hears nothing of a server that sends it to another, and once of one that is away", async () => {
    const { odds, server } = await setUp();
    const errors: string[] = [];
    odds.onError(({ code }) => void errors.push(code));
    const { told } = versions(odds);
    await eventually(() => told).toContain(1);
    const error = { type: "error", timestamp: 1, code: "SHUTTING_DOWN", message: "Connect again." };
    server.odds.emit("error", error);
    server.odds.emit("reconnect", { type: "reconnect", timestamp: 1, delayMs: 10 });
    await eventually(() => server.said.length).toBe(2);
    expect(errors).toEqual([]);
    const away = closeAfter(
      connectOdds("http://127.0.0.1:9", { reconnectionDelay: 10, reconnectionDelayMax: 20 }),
      (it) => it.close(),
    );
    const { socket } = away as unknown as { socket: { io: NodeJS.EventEmitter } };
    away.onError(({ code }) => void errors.push(code));
    await new Promise<void>((resolve) => {
      let attempts = 0;
      socket.io.on("reconnect_error", () => {
        attempts += 1;
        if (attempts === 3) resolve();
      });
    });
    expect(errors).toEqual(["NO_ANSWER"]);
  });

  it("is told stale of an old board until the server sends one again, whatever it acknowledges", async () => {
    const { odds, server } = await setUp();
    const states: SportState[] = [];
    odds.subscribe(SPORT, (state) => void states.push(state));
    await eventually(() => states.at(-1)?.board?.version).toBe(1);
    server.behaviour = ({ sport, answer }) => {
      answer(ack(sport, { version: null, updateFrequency: 100 }));
      return true;
    };
    server.cut();
    await eventually(() => server.said.length).toBe(2);
    await eventually(() => states.at(-1)?.stale).toBe(true);
    const from = states.length;
    // Asked again each time it has been silent.
    await eventually(() => server.said.length).toBeGreaterThanOrEqual(4);
    expect(states.slice(from).filter(({ stale }) => !stale)).toEqual([]);
    expect(states.at(-1)).toMatchObject({ connection: "connected", status: "stale", reason: "SILENT" });
  });
});
