import { AppError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type { ClientMessage } from "../protocol/client-messages.js";
import type {
  AuthAck,
  ServerMessage,
  SubscriptionAck,
  UnsubscriptionAck,
} from "../protocol/server-messages.js";
import type { Answer } from "../protocol/socketio-events.js";
import type { Claims, Verify } from "./claims.js";
import type { Connection, Refusal } from "./connection.js";
import type { Hub } from "./hub.js";
import { authAck, clientMessage, errorMessage, sportOf, subscriptionAck } from "./messages.js";
import { Permit } from "./permit.js";
import { PreparedMessage } from "./prepared-message.js";
import { lastWord, type SessionLimits, tooFast } from "./session-limits.js";
import type { Subscription } from "./subscription.js";

export type { SessionLimits };

type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;
/** The client's callback, where the transport has such a thing. */
type Reply = (answer: Answer) => void;

/** A client that talks this many times faster than it may is cut off. */
export const ABUSE_FACTOR = 10;
/** A client that talks on while this much (bytes) of its answers waits to be read is cut off. Boards do not count. */
export const MAX_UNREAD_BYTES = 128 * 1024;

/** How loud that is said where it is no news. */
const LEVELS: Readonly<Partial<Record<Refusal, "info" | "debug">>> = {
  "token expired": "info",
  "no token": "debug",
};

/**
 * One connection and the rules it lives by, the same at every transport: counts what comes in, checks what is said, holds
 * the sports that it wants, answers, and lets go of all when it leaves. Nothing in here waits, so that what a client
 * says is done in the order in which it says it; but for a token that is verified: what comes behind it waits in line.
 */
export class Session {
  private readonly sports = new Map<string, { subscription: Subscription; readonly release: () => void }>();
  private windowStart = 0;
  private messages = 0;
  private ended = false;
  /** Where tokens are on: what the connection's one allows. */
  private readonly permit: Permit | undefined;

  /** `verify` verifies tokens; without it nobody needs one. */
  constructor(
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly limits: SessionLimits,
    private readonly connection: Connection,
    private readonly log: Logger,
    verify?: Verify,
  ) {
    this.permit = verify && new Permit(verify, (why) => this.cutOff(why));
  }

  /** A token must come within `ms`, where one is needed. */
  awaitToken(ms: number): void {
    this.permit?.await(ms);
  }

  /** The connection's token was verified: it lives by these claims, and is told so. */
  admit(claims: Claims): void {
    this.permit?.give(claims);
    this.send(authAck(this.feed, claims));
  }

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
    this.connection.counts.received += 1;
    const isFull = this.permit?.waiting === this.limits.MAX_MESSAGES_PER_SECOND;
    if (this.isTooFast || isFull) this.fail(tooFast(this.limits), sportOf(said), reply);
    else if (!this.permit?.putOff(() => this.take(said, reply))) this.take(said, reply);
  }

  private take(said: unknown, reply?: Reply): void {
    if (this.ended) return;
    try {
      this.obey(clientMessage(said), reply);
    } catch (thrown) {
      this.fail(thrown, sportOf(said), reply);
    }
  }

  /** Lets go of all sports, and of what the token allowed. */
  leave(): void {
    this.permit?.end();
    for (const sport of [...this.sports.keys()]) this.letGo(sport);
  }

  /** Lets go of everything; whatever comes after is ignored. */
  end(): void {
    this.ended = true;
    this.leave();
  }

  private obey(message: ClientMessage, reply?: Reply): void {
    if (message.type === "auth") this.present(message.token, reply);
    // Whoever has something else to say first will not go on to present one.
    else if (this.permit?.isGiven === false) this.cutOff("no token");
    else if (message.type === "subscribe") this.subscribe(message, reply);
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
    try {
      this.hold(sport, subscription);
    } catch (thrown) {
      subscription.leave();
      throw thrown;
    }
    this.answer(subscriptionAck(this.feed, sport, subscription, this.limits), reply);
    subscription.catchUp();
    // Without a board nothing would come until the trouble is over: say so instead of being silent.
    const trouble = this.feed.version(sport) !== undefined ? undefined : this.feed.trouble(sport);
    if (trouble) this.send(errorMessage(trouble.error, sport));
  }

  private refusal(sport: string): AppError | undefined {
    const refusal = this.feed.refusal(sport) ?? this.permit?.refusal(sport);
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
      this.drop(sport);
    }
    this.answer({ type: "unsubscription_ack", timestamp: this.feed.now(), sport }, reply);
  }

  private answer(
    message: SubscriptionAck | UnsubscriptionAck | AuthAck | Extract<ServerMessage, { type: "pong" }>,
    reply?: Reply,
  ): void {
    this.attempt(() => reply?.({ ok: true, ...message }));
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
    this.attempt(() => {
      const prepared = new PreparedMessage(message);
      this.connection.counts.bytes += this.connection.bytesOf(prepared);
      this.connection.write(prepared);
    });
  }

  /** Turns to the connection: a fault there must not reach whoever called, be it a timer or a socket's event. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.hub.fault("A client could not be told something", thrown);
    }
  }

  /** The client presents a token: its first, or another one before that ends. */
  private present(token: string, reply?: Reply): void {
    if (!this.permit) this.answer(authAck(this.feed), reply);
    else {
      this.permit.present(
        token,
        (claims) => this.renew(claims, reply),
        (thrown) => this.fail(thrown, undefined, reply),
      );
    }
  }

  private renew(claims: Claims, reply?: Reply): void {
    if (this.permit?.isGiven === false && this.connection.admit?.(claims) === false) {
      this.cutOff("too many connections");
      return;
    }
    this.permit?.give(claims);
    this.answer(authAck(this.feed, claims), reply);
    for (const sport of [...this.sports.keys()]) {
      const refusal = this.permit?.refusal(sport);
      if (!refusal) continue;
      this.drop(sport);
      this.send(errorMessage(refusal, sport));
    }
  }

  private drop(sport: string): void {
    this.letGo(sport);
    this.connection.left?.(sport);
    this.log.info(`Unsubscribed from ${sport}`, { client: this.connection.id, sport });
  }

  private fail(thrown: unknown, sport: string | undefined, reply?: Reply): void {
    if (!(thrown instanceof AppError)) this.hub.fault("A message could not be handled", thrown);
    const error = publicError(thrown);
    this.connection.counts.refused[error.code] += 1;
    this.attempt(() => reply?.({ ok: false, error }));
    this.send(errorMessage(thrown, sport));
  }

  /** What the client sends until it is gone is worth neither an answer nor a line in the log. */
  private cutOff(why: Refusal): void {
    if (this.ended) return;
    const { id, client: address, counts } = this.connection;
    this.log[LEVELS[why] ?? "warn"](`A client is cut off: ${why}`, { client: id, address });
    counts.cutOffs[why] += 1;
    const error = lastWord(why, this.limits);
    if (error) this.send(errorMessage(error));
    this.end();
    this.attempt(() => this.connection.refuse(why));
  }
}
