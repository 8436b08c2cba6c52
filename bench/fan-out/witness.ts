import { createHash } from "node:crypto";
import { constants, inflateRawSync } from "node:zlib";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import type { OddsDelta } from "../../src/protocol/server-messages.js";

/** The end of a deflated message that its sender leaves out (RFC 7692, section 7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const WINDOW_BYTES = 32 * 1024;

/** Inflates a connection's messages: each by itself, or with those before it as their dictionary. */
export class Inflater {
  private before = Buffer.alloc(0);

  constructor(private readonly takeover: boolean) {}

  inflate(payload: Buffer): Buffer {
    const plain = inflateRawSync(Buffer.concat([payload, TAIL]), {
      // A message does not end its stream.
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(this.takeover && this.before.length > 0 ? { dictionary: this.before } : {}),
    });
    if (this.takeover) this.before = Buffer.from(Buffer.concat([this.before, plain]).subarray(-WINDOW_BYTES));
    return plain;
  }
}

type Message = { type: string } & Partial<ClientBoard>;

/** A client that decodes everything it gets, when there is time for it. */
export class Witness {
  odds: unknown;
  deltas = 0;
  boards = 0;
  readonly faults: string[] = [];
  private board: ClientBoard | undefined;
  private readonly waiting: { payload: Buffer; compressed: boolean }[] = [];

  constructor(private readonly inflater: Inflater) {}

  take(payload: Buffer, compressed: boolean): void {
    this.waiting.push({ payload, compressed });
  }

  /** Decodes what has come. */
  settle(): void {
    for (const { payload, compressed } of this.waiting.splice(0)) {
      try {
        this.read((compressed ? this.inflater.inflate(payload) : payload).toString());
      } catch (error) {
        this.faults.push(String(error));
      }
    }
  }

  private read(text: string): void {
    const message = messageOf(text);
    if (message?.type === "odds_update") {
      this.boards += 1;
      this.board = message as ClientBoard;
    } else if (message?.type === "odds_delta") {
      this.deltas += 1;
      if (!this.board) throw new Error("A delta came before any board.");
      this.board = applyDelta(this.board, message as unknown as OddsDelta);
    } else if (message?.type === "error") this.faults.push(text.slice(0, 200));
    this.odds = this.board?.odds;
  }
}

const EVENT = "42/odds,";

function messageOf(text: string): Message | undefined {
  if (text.startsWith("{")) return JSON.parse(text) as Message;
  return text.startsWith(EVENT) ? (JSON.parse(text.slice(EVENT.length)) as [string, Message])[1] : undefined;
}

/**
 * A digest of a board that does not depend on the order of keys. With `asRead`, also without what our server adds
 * (`changed_at`) and without the order of a bookmaker's markets, which it keeps from before.
 */
export function digest(odds: unknown, asRead = false): string {
  return createHash("sha1")
    .update(JSON.stringify(ordered(odds, asRead)) ?? "")
    .digest("hex");
}

function ordered(value: unknown, asRead: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, asRead));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([key]) => !asRead || key !== "changed_at")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => {
      const list = ordered(item, asRead);
      if (asRead && key === "markets" && Array.isArray(list)) {
        list.sort((a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1));
      }
      return [key, list];
    });
  return Object.fromEntries(entries);
}
