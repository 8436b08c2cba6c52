import type { ViewFilter } from "../board/view-filter.js";
import type { Updates } from "../protocol/client-messages.js";
import type { Resync } from "../protocol/server-messages.js";
import type { Connection } from "./connection.js";
import type { PreparedMessage } from "./prepared-message.js";

/** A connection with more than this unsent (bytes) gets nothing until that is gone; then the newest. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** The version of a board that a client has, or that it has none. */
export type Has = "nothing" | number;

/** What a subscription asks of its channel: apart from that, or the two files would import one another in a circle. */
export interface SubscribedTo {
  /** What brings somebody who has this much up to date; undefined while there is nothing to send. */
  missing(has: Has): PreparedMessage | undefined;
  /** Has what is missing compressed elsewhere, where that takes a while; undefined where there is nothing to wait for. */
  prepareMissing(has: Has): Promise<void> | undefined;
  /** Takes down a fault that struck one of the subscriptions. */
  fault(thrown: unknown): void;
  /** Lets a subscription go. */
  remove(subscription: Subscription): void;
}

/**
 * One connection's share in one sport, or in a view of it. It never has more than one message of it under way: what comes meanwhile is
 * merged into one, or for the slow ones replaced by the newest board.
 */
export class Subscription {
  private sending = false;
  /** What the client has, while that is less than was last told to all; undefined while it is up to date. */
  private has: Has | undefined;
  private left = false;
  /** Called when the server ends it. */
  ended: () => void = () => {};
  /** Bytes of the message that is under way. */
  private bytes = 0;
  private readonly sent = () => {
    this.landed();
    this.catchUp();
  };

  /** `resync` tells why it begins with the whole board, or the whole `view`; null where the changes bring it up to date. */
  constructor(
    private readonly channel: SubscribedTo,
    readonly connection: Connection,
    readonly updates: Updates,
    has: Has,
    readonly resync: Resync | null,
    readonly view?: ViewFilter,
  ) {
    this.has = has;
  }

  /** What everybody gets now; `before` is what everybody had. */
  offer(message: PreparedMessage, before: Has): void {
    try {
      if (this.has === undefined && !this.sending && this.canTake()) this.write(message);
      else {
        this.has ??= this.updates === "delta" ? before : "nothing";
        this.catchUp();
        // A client between two polls is not slow.
        if (this.has !== undefined && this.connection.open) this.connection.counts.deferred += 1;
      }
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Sends what is missing, if anything is and the connection takes it. */
  catchUp(): void {
    try {
      if (this.has === undefined || !this.isFree) return;
      const message = this.channel.missing(this.has);
      if (!message) return;
      this.has = undefined;
      this.write(message);
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** The same for what is made for this one alone, and may be large: it is compressed elsewhere first. */
  prepareAndCatchUp(): Promise<void> | undefined {
    try {
      const prepared =
        this.has !== undefined && this.isFree && this.connection.deflates
          ? this.channel.prepareMissing(this.has)
          : undefined;
      if (prepared)
        return prepared.then(
          () => this.catchUp(),
          (thrown: unknown) => this.failed(thrown),
        );
      this.catchUp();
    } catch (thrown) {
      this.failed(thrown);
    }
    return undefined;
  }

  /** Sends what is no board, and cannot be made good for later. */
  tell(message: PreparedMessage): void {
    try {
      this.connection.counts.bytes += this.connection.bytesOf(message);
      this.connection.write(message);
    } catch (thrown) {
      this.channel.fault(thrown);
    }
  }

  /** What the client has is worth nothing any more. */
  forget(): void {
    this.has = "nothing";
  }

  /** Nothing is sent from here on. */
  leave(): void {
    this.left = true;
    this.channel.remove(this);
  }

  /** A fault ends this try and nothing else, neither the tick nor the process: the next tick sends the whole board. */
  private failed(thrown: unknown): void {
    this.landed();
    this.has = "nothing";
    this.channel.fault(thrown);
  }

  private landed(): void {
    this.sending = false;
    this.connection.boards -= this.bytes;
    this.bytes = 0;
  }

  /** Whether what it lacks can go out now. */
  private get isFree(): boolean {
    return !this.sending && !this.left && this.canTake();
  }

  private canTake(): boolean {
    return this.connection.open && this.connection.unsent <= MAX_UNSENT_BYTES;
  }

  private write(message: PreparedMessage): void {
    const { connection } = this;
    const { counts } = connection;
    this.sending = true;
    this.bytes = connection.bytesOf(message);
    connection.boards += this.bytes;
    counts.bytes += this.bytes;
    if (message.event === "odds_delta") counts.boards.delta += 1;
    else counts.boards.full += 1;
    connection.write(message, this.sent);
  }
}
