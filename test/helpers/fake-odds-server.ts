import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Namespace, Server, type Socket } from "socket.io";
import { closeAfter } from "./start-app.js";

/** What a client of the fake server said. */
export interface Said {
  readonly event: string;
  readonly sport: string;
  readonly since: unknown;
  readonly only: unknown;
  /** When it came, in ms on the monotonic clock. */
  readonly at: number;
  readonly socket: Socket;
  readonly answer: (answer: unknown) => void;
}

/** A server that does as a test says: it takes what clients say at `/odds`, and answers as the documented one unless told otherwise. */
export interface FakeOddsServer {
  readonly url: string;
  readonly odds: Namespace;
  readonly said: Said[];
  /** When anything came on a connection, in ms: every packet of engine.io, the namespace's CONNECT included. */
  readonly arrivals: number[];
  /** While set, is asked first; false leaves it to the usual answer. */
  behaviour: ((said: Said) => unknown) | undefined;
  /** Drops all connections, as a network does. */
  cut(): void;
}

/** An acknowledgement as the documented server gives it. */
export function ack(sport: string, fields: Record<string, unknown> = {}) {
  return {
    ok: true,
    type: "subscription_ack",
    timestamp: Date.now(),
    sport,
    room: `odds:${sport}`,
    updates: "delta",
    updateFrequency: 5000,
    maxMessagesPerSecond: 20,
    epoch: "e",
    version: 1,
    recovered: false,
    ...fields,
  };
}

/** A board as the documented server gives it. */
export function board(sport: string, fields: Record<string, unknown> = {}) {
  const now = Date.now();
  const head = { timestamp: now, fetchedAt: now, nextFetchAt: now, source: "simulated" };
  const state = { status: "live", reason: null, epoch: "e", version: 1 };
  return { type: "odds_update", sport, ...head, ...state, odds: [], ...fields };
}

/** A refusal as the documented server gives it in a callback. */
export const refusal = (code: string, message = code) => ({ ok: false, error: { code, message } });

/** Starts the fake server on a free port; closed after the test. */
export async function startFakeOddsServer(limit = 20): Promise<FakeOddsServer> {
  const http = createServer();
  const io = new Server(http);
  const odds = io.of("/odds");
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: FakeOddsServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    odds,
    said: [],
    arrivals: [],
    behaviour: undefined,
    cut: () => {
      for (const socket of odds.sockets.values()) socket.conn.close();
    },
  };
  io.engine.on("connection", (connection: { on(event: "packet", listener: () => void): void }) =>
    connection.on("packet", () => void server.arrivals.push(performance.now())),
  );
  odds.on("connection", (socket) => {
    socket.onAny((event: string, message: Pick<Said, "sport" | "since" | "only">, answer: Said["answer"]) => {
      const { sport, since, only } = message;
      const said = {
        event,
        sport,
        since,
        only,
        at: performance.now(),
        socket,
        answer,
      };
      server.said.push(said);
      if (server.behaviour && server.behaviour(said) !== false) return;
      if (event === "unsubscribe")
        answer({ ok: true, type: "unsubscription_ack", timestamp: Date.now(), sport: said.sport });
      else {
        answer(ack(said.sport, { maxMessagesPerSecond: limit }));
        socket.emit("odds_update", board(said.sport));
      }
    });
  });
  closeAfter(io, () => io.close());
  return server;
}
