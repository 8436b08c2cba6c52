import type { Config } from "../config.js";
import { AppError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../odds/feed.js";
import { errorMessage, oddsUpdate } from "./messages.js";
import {
  type Answer,
  type ClientMessage,
  clientMessageSchema,
  room,
  type ServerMessage,
  type SubscriptionAck,
  type UnsubscriptionAck,
} from "./protocol.js";

/** A client that talks this many times faster than it may is cut off. */
const ABUSE_FACTOR = 10;

/** One client's connection, whatever the door. */
export interface Line {
  /** Names the connection in the log. */
  readonly id: string;
  send(message: ServerMessage): void;
  /** Puts the connection among those that get a sport's boards, and takes it out. */
  join(sport: string): void;
  leave(sport: string): void;
  /** Cuts off a client that does not keep the rules. */
  refuse(): void;
}

/** What one connection may ask for. */
export type SessionLimits = Pick<Config, "MAX_SUBSCRIPTIONS" | "MAX_MESSAGES_PER_SECOND">;

/**
 * One subscriber and the rules it lives by, the same at every door: checks what it says, holds the sports that it
 * wants, answers, and lets go of all when it leaves. Nothing in here waits, so that what a client says is done in
 * the order in which it says it.
 */
export class Session {
  private readonly releases = new Map<string, () => void>();
  private windowStart = 0;
  private messages = 0;
  private ended = false;

  constructor(
    private readonly feed: OddsFeed,
    private readonly limits: SessionLimits,
    private readonly line: Line,
    private readonly log: Logger,
  ) {}

  /** How many sports this client gets. */
  get subscriptions(): number {
    return this.releases.size;
  }

  /** Takes what a client said, already parsed. `reply` is the client's callback, where the door has such a thing. */
  receive(said: unknown, reply?: (answer: Answer) => void): void {
    if (this.ended) return;
    try {
      this.countMessage();
      this.obey(parse(said), reply);
    } catch (thrown) {
      const sport = sportOf(said);
      reply?.({ ok: false, error: publicError(thrown) });
      this.line.send(errorMessage(thrown, sport));
      if (!(thrown instanceof AppError)) {
        this.log.error("A message could not be handled", { client: this.line.id, error: String(thrown) });
      }
      if (this.messages > this.limits.MAX_MESSAGES_PER_SECOND * ABUSE_FACTOR) {
        this.log.warn("A client is cut off: it sends far more messages than it may", {
          client: this.line.id,
        });
        this.line.refuse();
      }
    }
  }

  /** Lets go of everything; whatever comes after is ignored. */
  end(): void {
    this.ended = true;
    for (const release of this.releases.values()) release();
    this.releases.clear();
  }

  private obey(message: ClientMessage, reply?: (answer: Answer) => void): void {
    if (message.type === "subscribe") this.subscribe(message.sport, reply);
    else if (message.type === "unsubscribe") this.unsubscribe(message.sport, reply);
    else this.answer({ type: "pong", timestamp: Date.now() }, reply);
  }

  private subscribe(sport: string, reply?: (answer: Answer) => void): void {
    const refusal = this.feed.refusal(sport);
    if (refusal) throw refusal;
    if (!this.releases.has(sport)) {
      if (this.releases.size >= this.limits.MAX_SUBSCRIPTIONS) {
        throw new AppError(
          "TOO_MANY_SUBSCRIPTIONS",
          `A connection may subscribe to ${this.limits.MAX_SUBSCRIPTIONS} sports at most. Unsubscribe from one first.`,
        );
      }
      this.releases.set(sport, this.feed.want(sport));
      this.line.join(sport);
      this.log.info(`Subscribed to ${sport}`, { client: this.line.id, sport });
    }
    const view = this.feed.current(sport);
    this.answer(
      {
        type: "subscription_ack",
        timestamp: Date.now(),
        sport,
        room: room(sport),
        updates: "full",
        updateFrequency: this.feed.tickMs,
        epoch: this.feed.epoch,
        version: view?.version ?? null,
      },
      reply,
    );
    if (view) this.line.send(oddsUpdate(view));
    else {
      // Without a board nothing would come until the trouble is over: say so instead of being silent.
      const trouble = this.feed.trouble(sport);
      if (trouble) this.line.send(errorMessage(trouble.error, sport));
    }
  }

  private unsubscribe(sport: string, reply?: (answer: Answer) => void): void {
    const release = this.releases.get(sport);
    if (release) {
      this.releases.delete(sport);
      this.line.leave(sport);
      release();
      this.log.info(`Unsubscribed from ${sport}`, { client: this.line.id, sport });
    }
    this.answer({ type: "unsubscription_ack", timestamp: Date.now(), sport }, reply);
  }

  private answer(
    message: SubscriptionAck | UnsubscriptionAck | Extract<ServerMessage, { type: "pong" }>,
    reply?: (answer: Answer) => void,
  ): void {
    reply?.({ ok: true, ...message });
    this.line.send(message);
  }

  private countMessage(): void {
    const now = performance.now();
    if (now - this.windowStart >= 1000) {
      this.windowStart = now;
      this.messages = 0;
    }
    this.messages += 1;
    if (this.messages > this.limits.MAX_MESSAGES_PER_SECOND) {
      throw new AppError(
        "RATE_LIMITED",
        `A connection may send ${this.limits.MAX_MESSAGES_PER_SECOND} messages a second. Send this one again later.`,
      );
    }
  }
}

function parse(said: unknown): ClientMessage {
  const parsed = clientMessageSchema.safeParse(said);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw AppError.invalidMessage(
    said !== null && typeof said === "object" && !Array.isArray(said)
      ? (issue?.message ?? "The message is not of the documented form")
      : 'A message is an object such as {"type": "subscribe", "sport": "basketball_nba"}',
  );
}

function sportOf(said: unknown): string | undefined {
  const sport = said !== null && typeof said === "object" && "sport" in said ? said.sport : undefined;
  return typeof sport === "string" && sport.length <= 100 ? sport : undefined;
}
