import type { Frame } from "./frame.js";
import type { Updates } from "./protocol.js";
import type { Stand } from "./stand.js";

/** A connection with more than this unsent (bytes) gets nothing until that is gone; then the newest. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** A connection, as frames are sent to it. */
export interface Wire {
  /** Whether a frame would go out now: not between two polls of a polling client. */
  readonly open: boolean;
  /** Bytes handed over, but not yet taken by the network. */
  readonly unsent: number;
  /** Whether it takes frames deflated. */
  readonly deflates: boolean;
  /** How much of what is unsent is boards. */
  boards: number;
  /** How many bytes a frame takes on it. */
  bytesOf(frame: Frame): number;
  /** Hands a frame over; `sent` is called when the network has taken it, which may be before this returns. */
  write(frame: Frame, sent?: () => void): void;
}

/** The version of a board that a client has, or that it has none. */
export type Has = "nothing" | number;

/**
 * One connection's share in one sport. It never has more than one frame of it under way: what comes meanwhile is
 * merged into one, or for the slow ones replaced by the newest board.
 */
export class Member {
  private sending = false;
  /** What the client has, while that is less than was last told to all; undefined while it is up to date. */
  private has: Has | undefined;
  private left = false;
  /** Bytes of the frame that is under way. */
  private bytes = 0;
  private readonly sent = () => {
    this.landed();
    this.catchUp();
  };

  constructor(
    private readonly stand: Stand,
    readonly wire: Wire,
    readonly updates: Updates,
    has: Has,
  ) {
    this.has = has;
  }

  /** What everybody gets now; `before` is what everybody had. */
  offer(frame: Frame, before: Has): void {
    try {
      if (this.has === undefined && !this.sending && this.canTake()) this.write(frame);
      else {
        this.has ??= this.updates === "delta" ? before : "nothing";
        this.catchUp();
      }
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Sends what is missing, if anything is and the wire takes it. */
  catchUp(): void {
    try {
      if (this.has === undefined || this.sending || this.left || !this.canTake()) return;
      const frame = this.stand.missing(this.has);
      if (!frame) return;
      this.has = undefined;
      this.write(frame);
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Sends what is no board, and cannot be made good for later. */
  tell(frame: Frame): void {
    try {
      this.wire.write(frame);
    } catch (thrown) {
      this.stand.fault(thrown);
    }
  }

  /** What the client has is worth nothing any more. */
  forget(): void {
    if (this.has !== undefined) this.has = "nothing";
  }

  /** Nothing is sent from here on. */
  leave(): void {
    this.left = true;
    this.stand.members.delete(this);
  }

  /** A fault ends this try and nothing else, neither the tick nor the process: the next tick sends the whole board. */
  private failed(thrown: unknown): void {
    this.landed();
    this.has = "nothing";
    this.stand.fault(thrown);
  }

  private landed(): void {
    this.sending = false;
    this.wire.boards -= this.bytes;
    this.bytes = 0;
  }

  private canTake(): boolean {
    return this.wire.open && this.wire.unsent <= MAX_UNSENT_BYTES;
  }

  private write(frame: Frame): void {
    this.sending = true;
    this.bytes = this.wire.bytesOf(frame);
    this.wire.boards += this.bytes;
    this.wire.write(frame, this.sent);
  }
}
