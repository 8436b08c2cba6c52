import type { Config } from "../config.js";
import { AppError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type {
  Answer,
  ClientMessage,
  ServerMessage,
  SubscriptionAck,
  UnsubscriptionAck,
} from "../protocol/messages.js";
import type { Connection, Refusal } from "./connection.js";
import type { Hub } from "./hub.js";
import { clientMessage, errorMessage, sportOf, subscriptionAck } from "./messages.js";
import { PreparedMessage } from "./prepared-message.js";
import type { Subscription } from "./subscription.js";

type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;
/** The client's callback, where the transport has such a thing. */
type Reply = (answer: Answer) => void;

/** A client that talks this many times faster than it may is cut off. */
export const ABUSE_FACTOR = 10;
/** A client that talks on while this much (bytes) of its answers waits to be read is cut off. Boards do not count. */
export const MAX_UNREAD_BYTES = 128 * 1024;

/** What one connection may ask for. */
export type SessionLimits = Pick<Config, "MAX_SUBSCRIPTIONS" | "MAX_MESSAGES_PER_SECOND">;

/**
 * One connection and the rules it lives by, the same at every transport: counts what comes in, checks what is said, holds
 * the sports that it wants, answers, and lets go of all when it leaves. Nothing in here waits, so that what a client
 * says is done in the order in which it says it.
 */
export class Session {
  private readonly sports = new Map<string, { subscription: Subscription; readonly release: () => void }>();
  private windowStart = 0;
  private messages = 0;
  private ended = false;

  constructor(
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly limits: SessionLimits,
    private readonly connection: Connection,
    private readonly log: Logger,
  ) {}

  /** The connection takes messages again: sends what was missed meanwhile. */
  catchUp(): void {
    for (const { subscription } of this.sports.values()) subscription.catchUp();
  }

  /**
   * Counts something that came in on the connection: a message, a ping, a packet for a library, whatever it is. Who
   * sends far too many, or leaves its answers unread, is cut off.
   */
  count(): void {
    if (this.ended) return;
    const now = performance.now();
    if (now - this.windowStart >= 1000) {
      this.windowStart = now;
      this.messages = 0;
    }
    this.messages += 1;
    if (this.messages > this.limits.MAX_MESSAGES_PER_SECOND * ABUSE_FACTOR) this.cutOff("too many messages");
    else if (this.connection.unread > MAX_UNREAD_BYTES) this.cutOff("too slow");
  }

  /** Whether more has come in within this second than may. */
  get isTooFast(): boolean {
    return this.messages > this.limits.MAX_MESSAGES_PER_SECOND;
  }

  /**
   * Takes what a client said, already counted and parsed. `reply` is the client's callback, where the transport has such a
   * thing. Never throws: a fault ends the message, and nothing else.
   */
  receive(said: unknown, reply?: Reply): void {
    if (this.ended) return;
    const { counts } = this.connection;
    counts.received += 1;
    try {
      if (this.isTooFast) throw tooFast(this.limits);
      this.obey(clientMessage(said), reply);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) this.hub.fault("A message could not be handled", thrown);
      const error = publicError(thrown);
      counts.refused[error.code] += 1;
      reply?.({ ok: false, error });
      this.send(errorMessage(thrown, sportOf(said)));
    }
  }

  /** Lets go of all sports. */
  leave(): void {
    for (const sport of [...this.sports.keys()]) this.letGo(sport);
  }

  /** Lets go of everything; whatever comes after is ignored. */
  end(): void {
    this.ended = true;
    this.leave();
  }

  private obey(message: ClientMessage, reply?: Reply): void {
    if (message.type === "subscribe") this.subscribe(message, reply);
    else if (message.type === "unsubscribe") this.unsubscribe(message.sport, reply);
    else this.answer({ type: "pong", timestamp: this.feed.now() }, reply);
  }

  /**
   * Joins, acknowledges, and sends the first board, in this order and in one go: nothing is awaited, so that a client
   * that leaves meanwhile cannot leave a demand behind, and no broadcast comes between.
   */
  private subscribe({ sport, updates, since }: Subscribe, reply?: Reply): void {
    const refusal = this.refusal(sport);
    if (refusal) throw refusal;
    const subscription = this.hub.join(sport, this.connection, updates, since);
    this.hold(sport, subscription);
    this.answer(subscriptionAck(this.feed, sport, subscription, this.limits), reply);
    subscription.catchUp();
    // Without a board nothing would come until the trouble is over: say so instead of being silent.
    const trouble = this.feed.version(sport) !== undefined ? undefined : this.feed.trouble(sport);
    if (trouble) this.send(errorMessage(trouble.error, sport));
  }

  private refusal(sport: string): AppError | undefined {
    const refusal = this.feed.refusal(sport);
    const { MAX_SUBSCRIPTIONS: most } = this.limits;
    if (refusal || this.sports.has(sport) || this.sports.size < most) return refusal;
    return new AppError(
      "TOO_MANY_SUBSCRIPTIONS",
      `A connection may subscribe to ${most} sports at most. Unsubscribe from one first.`,
    );
  }

  /** Keeps a subscription, in place of an earlier one to that sport; the first makes a demand. */
  private hold(sport: string, subscription: Subscription): void {
    const held = this.sports.get(sport);
    if (held) {
      held.subscription.leave();
      held.subscription = subscription;
      return;
    }
    const { id, client } = this.connection;
    this.sports.set(sport, { subscription, release: this.feed.want(sport, client) });
    this.connection.joined?.(sport);
    this.log.info(`Subscribed to ${sport}`, { client: id, sport, updates: subscription.updates });
  }

  private unsubscribe(sport: string, reply?: Reply): void {
    if (this.sports.has(sport)) {
      this.letGo(sport);
      this.connection.left?.(sport);
      this.log.info(`Unsubscribed from ${sport}`, { client: this.connection.id, sport });
    }
    this.answer({ type: "unsubscription_ack", timestamp: this.feed.now(), sport }, reply);
  }

  private answer(
    message: SubscriptionAck | UnsubscriptionAck | Extract<ServerMessage, { type: "pong" }>,
    reply?: Reply,
  ): void {
    reply?.({ ok: true, ...message });
    this.send(message);
  }

  private letGo(sport: string): void {
    const held = this.sports.get(sport);
    this.sports.delete(sport);
    held?.subscription.leave();
    held?.release();
  }

  private send(message: ServerMessage): void {
    if (this.ended) return;
    const prepared = new PreparedMessage(message);
    this.connection.counts.bytes += this.connection.bytesOf(prepared);
    this.connection.write(prepared);
  }

  /** What the client sends until it is gone is worth neither an answer nor a line in the log. */
  private cutOff(why: Refusal): void {
    if (this.ended) return;
    const { id, client: address } = this.connection;
    this.log.warn(`A client is cut off: ${why}`, { client: id, address });
    this.connection.counts.cutOffs[why] += 1;
    if (why === "too many messages") this.send(errorMessage(tooFast(this.limits)));
    this.end();
    this.connection.refuse(why);
  }
}

function tooFast({ MAX_MESSAGES_PER_SECOND: most }: SessionLimits): AppError {
  return new AppError(
    "RATE_LIMITED",
    `A connection may send ${most} messages a second. Send what was refused again later.`,
  );
}
