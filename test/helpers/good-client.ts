import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import type { Updates } from "../../src/protocol/client-messages.js";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import type { TestClient } from "./clients.js";

/** An answer may take this long (ms) on a machine that is busy with attacks. */
const PATIENCE_MS = 5000;

/**
 * A client that keeps one board as the protocol says, asks again now and then, and takes down whatever it should not
 * have met: a gap, an error, an answer that did not come.
 */
export class GoodClient {
  readonly faults: string[] = [];
  board: ClientBoard | undefined;
  /** The longest time between two ticks, in ms. */
  longestGapMs = 0;
  ticks = 0;
  private heardAt = 0;
  private unanswered = 1;
  private askedAt = performance.now();
  private closed = false;

  constructor(
    readonly name: string,
    private readonly client: TestClient,
    private readonly sport: string,
    private readonly updates: Updates,
  ) {
    // Nothing is kept of what was told: this may go on for a million ticks.
    client.inbox.take = (message) => this.take(message);
    const { socket } = client as { socket?: { id?: string | undefined } };
    this.id = socket?.id;
    client.say({ type: "subscribe", sport, updates });
    void client.gone.then((why) => this.closed || this.faults.push(`${name} was cut off: ${why}`));
  }

  /** Asks for the same again, from where it is, once it is answered. */
  ask(): void {
    const now = performance.now();
    if (this.unanswered > 0) {
      if (now - this.askedAt < PATIENCE_MS) return;
      this.faults.push(`${this.name} was not answered`);
    }
    this.unanswered += 1;
    this.askedAt = now;
    const { epoch, version } = this.board ?? {};
    const since = epoch === undefined ? {} : { since: { epoch, version } };
    this.client.say({ type: "subscribe", sport: this.sport, updates: this.updates, ...since });
  }

  /** Its name in the server's log, at Socket.IO. */
  readonly id: string | undefined;

  /** Begins to measure gaps anew. */
  forget(): void {
    this.longestGapMs = 0;
    this.ticks = 0;
  }

  /** How long nothing was heard by now, in ms. */
  get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  close(): void {
    this.closed = true;
    this.client.close();
  }

  private take(message: ServerMessage): void {
    if (message.type === "error" || message.type === "reconnect") {
      this.faults.push(`${this.name}: ${JSON.stringify(message)}`);
    }
    if (message.type === "subscription_ack") {
      this.unanswered -= 1;
      if (this.board && message.recovered === false) this.faults.push(`${this.name} was not resumed`);
    }
    if (message.type === "odds_update") {
      const { type: _, ...whole } = message;
      this.show(whole);
    }
    if (message.type === "odds_delta") {
      try {
        if (!this.board) throw new Error("a delta before any board");
        this.show(applyDelta(this.board, message));
      } catch (error) {
        this.faults.push(`${this.name}: ${String(error)}`);
      }
    }
  }

  private show(board: ClientBoard): void {
    if (this.board && (board.epoch !== this.board.epoch || board.version < this.board.version)) {
      this.faults.push(`${this.name} went from version ${this.board.version} to ${board.version}`);
    }
    const now = performance.now();
    if (this.heardAt > 0) this.longestGapMs = Math.max(this.longestGapMs, now - this.heardAt);
    this.heardAt = now;
    this.ticks += 1;
    this.board = board;
  }
}
