import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import type { Updates } from "../../src/protocol/client-messages.js";
import type { OddsDelta, OddsUpdate, ServerMessage } from "../../src/protocol/server-messages.js";
import { closeAfter } from "./start-app.js";

/** Where a client is at home, and where it goes when that is gone. */
export interface Place {
  readonly url: string;
  readonly wsUrl: string;
}

/** A client's copy of a board at one version. */
export interface Seen {
  readonly epoch: string;
  readonly version: number;
  readonly status: string;
  readonly reason: string | null;
  readonly fetchedAt: number;
  readonly source: string;
  /** When it was sent, as the server says, and when it came by this machine's clock, in ms since the epoch. */
  readonly timestamp: number;
  readonly cameAt: number;
  /** When it came, in ms on the monotonic clock. */
  readonly at: number;
}

/** JSON with sorted keys and without `last_update`s: equal contents, equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (name === "last_update") return undefined;
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** Everything that any client had under a version: two contents under one are an error. */
export class Ledger {
  readonly contents = new Map<string, string>();
  readonly faults: string[] = [];

  note(board: ClientBoard, of: string): void {
    const key = `${board.sport} ${board.epoch} ${board.version}`;
    const content = canonical(board.odds);
    const known = this.contents.get(key);
    if (known === undefined) this.contents.set(key, content);
    else if (known !== content) this.faults.push(`${of}: two contents under ${key}`);
  }
}

/**
 * A client that keeps one board, whatever happens: it comes back, elsewhere if it must, goes on from what it has, and
 * takes down every fault (a version that went back, a gap, another content under a known version).
 */
export class Follower {
  readonly seen: Seen[] = [];
  board: ClientBoard | undefined;
  recovered = 0;
  resynced = 0;
  cuts = 0;
  private place = 0;
  private closed = false;
  private close: () => void = () => {};
  private again = true;
  /** When it last lost its connection, and the delay it was given, both in ms. */
  private notice = 0;
  readonly waits: { readonly ms: number; readonly delayMs: number }[] = [];

  constructor(
    readonly name: string,
    private readonly places: () => readonly Place[],
    private readonly sport: string,
    private readonly updates: Updates,
    private readonly door: "Socket.IO" | "plain",
    private readonly ledger: Ledger,
    first: number,
  ) {
    this.place = first;
    this.connect();
    closeAfter(this, () => this.end());
  }

  get latest(): Seen | undefined {
    return this.seen.at(-1);
  }

  /** Cuts the connection; it comes back. */
  leave(): void {
    this.close();
  }

  end(): void {
    this.closed = true;
    this.close();
  }

  private connect(): void {
    if (this.closed) return;
    const places = this.places();
    const place = places[this.place % places.length];
    if (!place) return;
    const since = this.board && { epoch: this.board.epoch, version: this.board.version };
    const question = {
      type: "subscribe",
      sport: this.sport,
      updates: this.updates,
      ...(since ? { since } : {}),
    };
    let over = false;
    const lost = () => {
      if (over || this.closed) return;
      over = true;
      this.cuts += 1;
      this.place += 1;
      setTimeout(() => this.connect(), this.again ? 0 : 100);
      this.again = false;
    };
    if (this.door === "plain") {
      const socket = new WebSocket(place.wsUrl);
      this.close = () => socket.terminate();
      socket.on("open", () => {
        this.again = true;
        socket.send(JSON.stringify(question));
      });
      socket.on("message", (frame) => this.take(JSON.parse(String(frame))));
      socket.on("error", () => {});
      socket.on("close", lost);
    } else {
      const socket = io(`${place.url}/odds`, {
        forceNew: true,
        reconnection: false,
        transports: ["websocket"],
      });
      this.close = () => socket.disconnect();
      socket.on("connect", () => {
        this.again = true;
        socket.emit("message", question);
      });
      socket.onAny((_event: string, message: ServerMessage) => this.take(message));
      socket.on("disconnect", lost);
      socket.on("connect_error", lost);
    }
  }

  private take(message: ServerMessage): void {
    if (message.type === "reconnect") this.notice = message.delayMs;
    if (message.type === "subscription_ack" && message.recovered !== undefined && this.board) {
      if (message.recovered) this.recovered += 1;
      else this.resynced += 1;
    }
    if (message.type === "odds_update") this.show(this.fresh(message), message);
    if (message.type === "odds_delta") {
      if (!this.board) this.fault("a delta before any board");
      else this.show(this.changed(this.board, message), message);
    }
  }

  private fresh(update: OddsUpdate): ClientBoard {
    return update as unknown as ClientBoard;
  }

  private changed(board: ClientBoard, delta: OddsDelta): ClientBoard {
    try {
      return applyDelta(board, delta);
    } catch (error) {
      this.fault(`a delta that does not fit: ${String(error)}`);
      return board;
    }
  }

  private show(board: ClientBoard, head: OddsUpdate | OddsDelta): void {
    const before = this.latest;
    const at = performance.now();
    const { epoch, version, status, reason, fetchedAt, source, timestamp } = head;
    if (before && before.epoch === epoch && version < before.version) {
      this.fault(`version went back from ${before.version} to ${version}`);
    }
    if (before) {
      this.waits.push({ ms: at - before.at, delayMs: this.notice });
      this.notice = 0;
    }
    this.board = board;
    const cameAt = Date.now();
    this.seen.push({ epoch, version, status, reason, fetchedAt, source, timestamp, cameAt, at });
    this.ledger.note(board, this.name);
  }

  private fault(what: string): void {
    this.ledger.faults.push(`${this.name}: ${what}`);
  }
}
