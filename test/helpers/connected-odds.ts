import type { ClientBoard } from "../../src/client/apply-delta.js";
import { connectOdds, type OddsSocket } from "../../src/client/index.js";
import type { Ledger, Seen } from "./follower.js";
import { closeAfter } from "./start-app.js";

/** A client of the client library, that takes down what it sees as a `Follower` does. */
export interface ConnectedOdds {
  readonly name: string;
  readonly seen: Seen[];
  readonly latest: Seen | undefined;
  readonly waits: { readonly ms: number; readonly delayMs: number }[];
  recovered: number;
  resynced: number;
}

/** Follows one sport with `connectOdds`, over WebSocket only. */
export function connectFollower(url: string, sport: string, ledger: Ledger, name: string): ConnectedOdds {
  const connection = connectOdds(url, { transports: ["websocket"], forceNew: true });
  closeAfter(connection, () => connection.close());
  const seen: Seen[] = [];
  const waits: { ms: number; delayMs: number }[] = [];
  let notice = 0;
  const client = {
    name,
    seen,
    waits,
    recovered: 0,
    resynced: 0,
    get latest() {
      return seen.at(-1);
    },
  };
  const { socket } = connection as unknown as { socket: OddsSocket };
  socket.on("reconnect", ({ delayMs }) => {
    notice = delayMs;
  });
  socket.on("subscription_ack", ({ recovered }) => {
    if (seen.length === 0) return;
    if (recovered) client.recovered += 1;
    else client.resynced += 1;
  });
  connection.subscribe(sport, ({ board }) => {
    const before = seen.at(-1);
    if (!board || (before && before.fetchedAt === board.fetchedAt && before.version === board.version))
      return;
    const at = performance.now();
    if (before && before.epoch === board.epoch && board.version < before.version) {
      ledger.faults.push(`${name}: version went back from ${before.version} to ${board.version}`);
    }
    if (before) {
      waits.push({ ms: at - before.at, delayMs: notice });
      notice = 0;
    }
    const { epoch, version, status, reason, fetchedAt, source, timestamp } = board;
    const cameAt = Date.now();
    seen.push({ epoch, version, status, reason, fetchedAt, source, timestamp, cameAt, at });
    ledger.note(board as ClientBoard, name);
  });
  return client;
}
