import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type { ClientMessage } from "../protocol/client-messages.js";
import { Answers, type Reply } from "./answers.js";
import type { Claims, Verify } from "./claims.js";
import type { Connection, Refusal } from "./connection.js";
import type { Hub } from "./hub.js";
import { authAck, clientMessage, errorMessage, sportOf, subscriptionAck } from "./messages.js";
import { Permit } from "./permit.js";
import { ABUSE_FACTOR, lastWord, MAX_UNREAD_BYTES, type SessionLimits, tooFast } from "./session-limits.js";
import { Subscriptions } from "./subscriptions.js";

type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;

/** How loud that is said where it is no news. */
const LEVELS: Readonly<Partial<Record<Refusal, "info" | "debug">>> = {
  "token expired": "info",
  "no token": "debug",
};

/**
 * One connection and the rules it lives by, the same at every transport: counts what comes in, checks what is said, has
 * it done and answered, and lets go of all when it leaves. Nothing in here waits, so that what a client says is done in
 * the order in which it says it; but for a token that is verified: what comes behind it waits in line.
 */
export class Session {
  private readonly subscriptions: Subscriptions;
  private readonly answers: Answers;
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
    this.subscriptions = new Subscriptions(feed, hub, connection, log);
    this.answers = new Answers(hub, connection);
    this.permit = verify && new Permit(verify, (why) => this.cutOff(why));
  }

  /** A token must come within `ms`, where one is needed. */
  awaitToken(ms: number): void {
    this.permit?.await(ms);
  }

  /** The connection's token was verified: it lives by these claims, and is told so. */
  admit(claims: Claims): void {
    this.permit?.give(claims);
    this.answers.send(authAck(this.feed, claims));
  }

  /** The connection takes messages again: sends what was missed meanwhile. */
  catchUp(): void {
    this.subscriptions.catchUp();
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
    if (this.isTooFast || isFull) this.answers.refuse(tooFast(this.limits), sportOf(said), reply);
    else if (!this.permit?.putOff(() => this.take(said, reply))) this.take(said, reply);
  }

  private take(said: unknown, reply?: Reply): void {
    if (this.ended) return;
    try {
      this.obey(clientMessage(said), reply);
    } catch (thrown) {
      this.answers.refuse(thrown, sportOf(said), reply);
    }
  }

  /** Lets go of all sports, and of what the token allowed. */
  leave(): void {
    this.permit?.end();
    this.subscriptions.leave();
  }

  /** Lets go of everything; whatever comes after is ignored. */
  end(): void {
    this.ended = true;
    this.answers.end();
    this.leave();
  }

  private obey(message: ClientMessage, reply?: Reply): void {
    if (message.type === "auth") this.present(message.token, reply);
    // Whoever has something else to say first will not go on to present one.
    else if (this.permit?.isGiven === false) this.cutOff("no token");
    else if (message.type === "subscribe") this.subscribe(message, reply);
    else if (message.type === "unsubscribe") this.unsubscribe(message.sport, reply);
    else this.answers.answer({ type: "pong", timestamp: this.feed.now() }, reply);
  }

  /**
   * Joins, acknowledges, and sends the first board, in this order and in one go: nothing is awaited, so that a client
   * that leaves meanwhile cannot leave a demand behind, and no broadcast comes between.
   */
  private subscribe(wish: Subscribe, reply?: Reply): void {
    const { sport } = wish;
    const refusal = this.refusal(sport);
    if (refusal) throw refusal;
    const subscription = this.subscriptions.join(wish);
    this.answers.answer(subscriptionAck(this.feed, sport, subscription, this.limits), reply);
    this.hub.catchUp(subscription);
    // Without a board nothing would come until the trouble is over: say so instead of being silent.
    const trouble = this.feed.version(sport) !== undefined ? undefined : this.feed.trouble(sport);
    if (trouble) this.answers.send(errorMessage(trouble.error, sport));
  }

  private refusal(sport: string): AppError | undefined {
    const refusal = this.feed.refusal(sport) ?? this.permit?.refusal(sport);
    const { MAX_SUBSCRIPTIONS: most } = this.limits;
    if (refusal || this.subscriptions.has(sport) || this.subscriptions.size < most) return refusal;
    return new AppError(
      "TOO_MANY_SUBSCRIPTIONS",
      `A connection may subscribe to ${most} sports at most. Unsubscribe from one first.`,
    );
  }

  private unsubscribe(sport: string, reply?: Reply): void {
    if (this.subscriptions.has(sport)) this.subscriptions.drop(sport);
    this.answers.answer({ type: "unsubscription_ack", timestamp: this.feed.now(), sport }, reply);
  }

  /** The client presents a token: its first, or another one before that ends. */
  private present(token: string, reply?: Reply): void {
    if (!this.permit) this.answers.answer(authAck(this.feed), reply);
    else {
      this.permit.present(
        token,
        (claims) => this.renew(claims, reply),
        (thrown) => this.answers.refuse(thrown, undefined, reply),
      );
    }
  }

  private renew(claims: Claims, reply?: Reply): void {
    if (this.permit?.isGiven === false && this.connection.admit?.(claims) === false) {
      this.cutOff("too many connections");
      return;
    }
    this.permit?.give(claims);
    this.answers.answer(authAck(this.feed, claims), reply);
    for (const sport of this.subscriptions.sports) {
      const refusal = this.permit?.refusal(sport);
      if (!refusal) continue;
      this.subscriptions.drop(sport);
      this.answers.send(errorMessage(refusal, sport));
    }
  }

  /** What the client sends until it is gone is worth neither an answer nor a line in the log. */
  private cutOff(why: Refusal): void {
    if (this.ended) return;
    const { id, client: address, counts } = this.connection;
    this.log[LEVELS[why] ?? "warn"](`A client is cut off: ${why}`, { client: id, address });
    counts.cutOffs[why] += 1;
    const error = lastWord(why, this.limits);
    if (error) this.answers.send(errorMessage(error));
    this.end();
    this.answers.attempt(() => this.connection.refuse(why));
  }
}
