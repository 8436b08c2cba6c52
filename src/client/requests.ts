import { type OddsError, oddsError } from "./errors.js";
import type { Answer } from "./messages.js";
import { Pace } from "./pace.js";
import type { OddsSocket } from "./socket.js";
import type { Subscription } from "./subscription.js";
import type { Sieve } from "./views.js";

/** A message that is not answered within this time (ms) means a dead connection. */
const ANSWER_MS = 5000;
/** Or an answer that waits behind a large board: after each such time it is waited twice as long, up to this (ms). */
const ANSWER_MOST_MS = 40_000;
/** Refusals that stay the same however often one asks. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  "INVALID_MESSAGE",
  "UNAUTHORIZED",
  "SPORT_NOT_ALLOWED",
  "UNKNOWN_SPORT",
  "TOO_MANY_SUBSCRIPTIONS",
]);

/** What comes of asking. */
export interface Outcomes {
  refused(sport: string, error: OddsError): void;
  /** The server does not answer any more. */
  unanswered(): void;
}

/**
 * Brings what the server sends in line with what is wanted, by `subscribe` and `unsubscribe`: one message at a time for
 * each sport, and no faster than the server allows.
 */
export class Requests {
  /** The sports that the server sends on this connection. */
  private readonly held = new Set<string>();
  private readonly due = new Set<string>();
  private readonly underWay = new Set<string>();
  /** Why the server does not send a wanted sport. */
  private readonly refusals = new Map<string, string>();
  private readonly pace = new Pace(() => this.send());
  private answerMs = ANSWER_MS;

  constructor(
    private readonly socket: OddsSocket,
    private readonly wanted: ReadonlyMap<string, Subscription>,
    private readonly outcomes: Outcomes,
  ) {}

  /** There is a new connection, on which nothing is subscribed. */
  begin(): void {
    this.end();
    this.pace.begin();
    for (const sport of this.wanted.keys()) this.due.add(sport);
    this.send();
  }

  /** The connection is gone. */
  end(): void {
    this.pace.stop();
    this.held.clear();
    this.due.clear();
    this.underWay.clear();
    this.refusals.clear();
    // What socket.io-client holds back as its ping is late would go out on the next connection, out of date.
    this.socket.sendBuffer = [];
  }

  /** A sport is wanted. */
  ask(sport: string): void {
    this.due.add(sport);
    this.send();
  }

  /** Something of a sport is missing; what is under way will bring it. */
  askAgain(sport: string): void {
    if (!this.underWay.has(sport)) this.ask(sport);
  }

  /** The server sends a sport that is not wanted (any more). */
  leave(sport: string): void {
    this.held.add(sport);
    this.send();
  }

  /** Asks for what should have come by now. */
  askForSilent(): void {
    for (const [sport, subscription] of this.wanted) {
      if (subscription.unanswered && this.expects(sport, subscription)) this.askAgain(sport);
    }
  }

  /** A sport is not wanted any more, an answer has come, or the pace allows more. */
  send(): void {
    while (this.socket.connected) {
      const next = this.next();
      if (!next || !this.pace.take()) return;
      const { sport, held } = next;
      if (held) this.emit("unsubscribe", sport, { sport }, (answer) => this.unsubscribed(sport, answer));
      else this.subscribe(sport);
    }
  }

  /** Whether a board of a sport may be expected: not after an error while there is none, nor after most refusals. */
  private expects(sport: string, subscription: Subscription): boolean {
    const refusal = this.refusals.get(sport);
    if (refusal !== undefined) return !FOR_GOOD.has(refusal);
    return subscription.current.board !== null || subscription.current.error === null;
  }

  /** First what is to end, as it may stand in another's way; then what there is nothing of yet. */
  private next(): { readonly sport: string; readonly held: boolean } | undefined {
    for (const sport of this.held) {
      if (!this.wanted.has(sport) && !this.underWay.has(sport)) return { sport, held: true };
    }
    let first: string | undefined;
    for (const sport of this.due) {
      const subscription = this.wanted.get(sport);
      if (!subscription) this.due.delete(sport);
      else if (this.underWay.has(sport)) continue;
      else if (!subscription.since) return { sport, held: false };
      else first ??= sport;
    }
    return first === undefined ? undefined : { sport: first, held: false };
  }

  /** From where the board is: the server sends what is missing. */
  private subscribe(sport: string): void {
    this.due.delete(sport);
    const subscription = this.wanted.get(sport);
    const since = subscription?.since;
    const only = subscription?.union;
    const asked = { sport, updates: "delta", ...(since ? { since } : {}), ...(only ? { only } : {}) };
    this.emit("subscribe", sport, asked, (answer) => this.subscribed(sport, only, answer));
  }

  private emit(
    event: "subscribe" | "unsubscribe",
    sport: string,
    message: object,
    answered: (answer: Partial<Answer> | null | undefined) => void,
  ): void {
    this.underWay.add(sport);
    const { id } = this.socket;
    // socket.io-client's types know of no time-out on a callback that may be left out.
    const asked = this.socket.timeout(this.answerMs) as unknown as Asking;
    asked.emit(event, message, (silence, answer) => {
      // Of a connection that is gone.
      if (this.socket.id !== id) return;
      this.underWay.delete(sport);
      this.pace.answered();
      if (silence) {
        this.answerMs = Math.min(2 * this.answerMs, ANSWER_MOST_MS);
        this.outcomes.unanswered();
        return;
      }
      answered(answer);
      if (this.underWay.size + this.due.size === 0) this.answerMs = ANSWER_MS;
      this.send();
    });
  }

  private subscribed(sport: string, view: Sieve, answer: Partial<Answer> | null | undefined): void {
    // May have taken the place of the one for which this was asked: it is told what comes, and asks for itself.
    const subscription = this.wanted.get(sport);
    if (answer?.ok && answer.type === "subscription_ack") {
      this.held.add(sport);
      this.refusals.delete(sport);
      this.pace.learn(Number(answer.maxMessagesPerSecond));
      subscription?.joined(view);
      subscription?.answered(answer.updateFrequency);
      return;
    }
    const error = refusalOf(answer, sport);
    if (error.code === "RATE_LIMITED") {
      this.due.add(sport);
      this.pace.refused();
      return;
    }
    subscription?.answered();
    this.refusals.set(sport, error.code);
    this.outcomes.refused(sport, error);
  }

  private unsubscribed(sport: string, answer: Partial<Answer> | null | undefined): void {
    if (answer?.ok === false && answer.error?.code === "RATE_LIMITED") {
      this.pace.refused();
      return;
    }
    this.held.delete(sport);
    // There is room for one now that was refused for want of it.
    for (const [other, code] of this.refusals) {
      if (code !== "TOO_MANY_SUBSCRIPTIONS" || !this.wanted.has(other) || this.due.has(other)) continue;
      this.due.add(other);
      return;
    }
  }
}

/** The error in an answer that is no acknowledgement, or that it cannot be read. */
function refusalOf(answer: Partial<Answer> | null | undefined, sport: string): OddsError {
  if (answer?.ok === false && typeof answer.error?.code === "string") {
    return oddsError(answer.error.code, String(answer.error.message), { sport });
  }
  return oddsError("INTERNAL", "The server's answer cannot be read.", { sport });
}

interface Asking {
  emit(
    event: "subscribe" | "unsubscribe",
    message: object,
    done: (silence: Error | null, answer?: Partial<Answer> | null) => void,
  ): void;
}
