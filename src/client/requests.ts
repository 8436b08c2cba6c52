import { isOneTooMany } from "./agreed-view.js";
import { isSame, type OddsError } from "./errors.js";
import type { Answer } from "./messages.js";
import { Pace } from "./pace.js";
import { isForGood, refusalOf } from "./refusal.js";
import { Moment } from "./reliance.js";
import type { OddsSocket } from "./socket.js";
import type { Subscription } from "./subscription.js";
import type { Sieve } from "./views.js";

/** A message that is not answered within this time (ms) means a dead connection. */
const ANSWER_MS = 5000;
/** Or an answer that waits behind a large board: after each such time it is waited twice as long, up to this (ms). */
const ANSWER_MOST_MS = 40_000;

/** What comes of asking. */
export interface Outcomes {
  /** The server does not send a view of a sport, or the whole board. */
  refused(sport: string, view: Sieve, error: OddsError): void;
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
  /** What the server last said no with, by the sport, until it sends that. */
  private readonly refusals = new Map<string, OddsError>();
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
    for (const [sport, subscription] of this.wanted) {
      subscription.begin();
      this.due.add(sport);
    }
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

  /**
   * Takes in an error that came as an event. True where there is no more to be told of it: an answer has told it, or the
   * server has ended a view that it has no room for any more, and is asked for what it sends instead.
   */
  heard(error: OddsError): boolean {
    const { sport = "" } = error;
    // Each refusal comes as an event, too, right behind the answer.
    if (isSame(this.refusals.get(sport), error)) return true;
    const ended = this.wanted.get(sport)?.endedBy(error);
    if (!ended) return false;
    this.held.delete(sport);
    this.outcomes.refused(sport, ended, error);
    this.askAgain(sport);
    return true;
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
    if (refusal) return !isForGood(refusal);
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
    const only = subscription?.asked;
    const asked = { sport, updates: "delta", ...(since ? { since } : {}), ...(only ? { only } : {}) };
    const at = new Moment();
    this.emit("subscribe", sport, asked, (answer) => this.subscribed(sport, only, at, answer));
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

  private subscribed(
    sport: string,
    view: Sieve,
    asked: Moment,
    answer: Partial<Answer> | null | undefined,
  ): void {
    // May have taken the place of the one for which this was asked: it is told what comes, and asks for itself.
    const subscription = this.wanted.get(sport);
    if (answer?.ok && answer.type === "subscription_ack") {
      this.held.add(sport);
      this.refusals.delete(sport);
      this.pace.learn(Number(answer.maxMessagesPerSecond));
      subscription?.joined(view, asked, Number(answer.timestamp));
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
    this.refusals.set(sport, error);
    if (isOneTooMany(view, error)) this.due.add(sport);
    this.outcomes.refused(sport, view, error);
  }

  private unsubscribed(sport: string, answer: Partial<Answer> | null | undefined): void {
    if (refusalOf(answer, sport).code === "RATE_LIMITED") {
      this.pace.refused();
      return;
    }
    this.held.delete(sport);
    // There is room for one now that was refused for want of it.
    for (const [other, { code }] of this.refusals) {
      if (code !== "TOO_MANY_SUBSCRIPTIONS" || !this.wanted.has(other) || this.due.has(other)) continue;
      this.due.add(other);
      return;
    }
  }
}

interface Asking {
  emit(
    event: "subscribe" | "unsubscribe",
    message: object,
    done: (silence: Error | null, answer?: Partial<Answer> | null) => void,
  ): void;
}
