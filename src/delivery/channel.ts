import type { Faults } from "../faults.js";
import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Updates } from "../protocol/client-messages.js";
import type { Resync, ServerMessage } from "../protocol/server-messages.js";
import type { Connection } from "./connection.js";
import type { BoardMessages } from "./message-cache.js";
import { PreparedMessage } from "./prepared-message.js";
import { type Has, type SubscribedTo, Subscription } from "./subscription.js";

/** A client that comes from another process may be this many versions ahead of this one, for a moment. */
const MAX_AHEAD = 10;

/** From where a client wants to go on: what it last had. */
export interface Since {
  readonly epoch: string;
  readonly version: number;
}

/** What those get who had `before`. */
interface Offer {
  readonly message: PreparedMessage;
  readonly before: Has;
}

/** All who get one sport's boards, or one view of them: which of the two, its messages know. */
export class Channel implements SubscribedTo {
  private readonly subscriptions = new Set<Subscription>();
  /** What everybody was last told, or has been told since. */
  private told: Has;
  private epoch: string;
  private sending = false;
  private again = false;

  /** `emptied` is called when the last subscription has gone. */
  constructor(
    private readonly feed: OddsFeed,
    private readonly sport: string,
    private readonly messages: BoardMessages,
    private readonly faults: Faults,
    private readonly emptied: () => void,
  ) {
    this.told = feed.version(sport) ?? "nothing";
    this.epoch = feed.epoch(sport);
  }

  /** Adds a connection; nothing is sent on it before its subscription first catches up, or the next broadcast. */
  join(connection: Connection, updates: Updates, since?: Since): Subscription {
    this.keepEpoch();
    // Before the first board nobody was told anything, and each knows that of itself.
    if (this.told === "nothing") this.told = this.feed.version(this.sport) ?? "nothing";
    const resync = updates === "full" ? "NEW" : this.resync(since);
    const has: Has = resync === null && since ? since.version : "nothing";
    const subscription = new Subscription(this, connection, updates, has, resync, this.messages.filter);
    this.subscriptions.add(subscription);
    const { counts } = connection;
    counts.subscriptions[updates] += 1;
    counts.joins[updates] += 1;
    if (since && resync !== "NEW") counts.resumes[resync ?? "RECOVERED"] += 1;
    return subscription;
  }

  /** Lets a subscription go. */
  remove(subscription: Subscription): void {
    if (!this.subscriptions.delete(subscription)) return;
    subscription.connection.counts.subscriptions[subscription.updates] -= 1;
    if (this.subscriptions.size === 0) this.emptied();
  }

  /**
   * Sends everybody the board, or what changed since the last time: encoded once, compressed once, written to each. A
   * big board is compressed elsewhere meanwhile; a tick that comes before that is done has its turn after it.
   */
  async broadcast(): Promise<void> {
    this.again = true;
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.again) {
        this.again = false;
        await this.prepare();
        this.offer();
      }
    } finally {
      this.sending = false;
    }
  }

  /** Tells everybody something that is no board. */
  tell(message: ServerMessage): void {
    const prepared = new PreparedMessage(message);
    for (const subscription of this.subscriptions) subscription.tell(prepared);
  }

  /** Tells everybody why, and ends all subscriptions. */
  end(why: ServerMessage): void {
    const prepared = new PreparedMessage(why);
    for (const subscription of this.subscriptions) {
      subscription.tell(prepared);
      try {
        subscription.ended();
      } catch (thrown) {
        this.fault(thrown);
      }
    }
  }

  /** What brings somebody who has this much up to date: the changes, or the whole board where that is smaller. */
  missing(has: Has): PreparedMessage | undefined {
    const view = this.feed.current(this.sport);
    if (!view) return undefined;
    const known = view.epoch === this.epoch ? has : "nothing";
    // Who is ahead is not sent back: what it has is on its way here.
    if (known !== "nothing" && known > view.version) return undefined;
    return this.messages.worthwhileChanges(view, known) ?? this.messages.whole(view);
  }

  prepareMissing(has: Has): Promise<void> | undefined {
    const message = this.missing(has);
    // Others may lack the same.
    return message?.compress(this.subscriptions.size);
  }

  /** Takes down a fault that struck one of the subscriptions. */
  fault(thrown: unknown): void {
    this.faults.note(`A client of ${this.sport} could not be served`, thrown);
  }

  /** Makes the messages that nearly everybody will get. */
  private async prepare(): Promise<void> {
    const view = this.feed.current(this.sport);
    if (!view) return;
    this.keepEpoch();
    this.messages.renew();
    const takers = { full: 0, delta: 0 };
    const deflating = { full: 0, delta: 0 };
    for (const { updates, connection } of this.subscriptions) {
      takers[updates] += 1;
      if (connection.deflates) deflating[updates] += 1;
    }
    if (deflating.full > 0) await this.messages.whole(view).compress(deflating.full);
    if (takers.delta > 0) {
      const { message } = this.offerFor("delta", view);
      if (deflating.delta > 0) await message.compress(deflating.delta);
    }
  }

  private offer(): void {
    const view = this.feed.current(this.sport);
    if (!view) return;
    this.keepEpoch();
    // One message for each kind of update: looked up once, not for each of thousands. All are made before anybody is
    // told: where that fails, nobody was, and the next tick tells what this one would have.
    const offers = new Map<Updates, Offer>();
    for (const { updates } of this.subscriptions) {
      if (!offers.has(updates)) offers.set(updates, this.offerFor(updates, view));
    }
    this.told = view.version;
    for (const subscription of this.subscriptions) {
      const offer = offers.get(subscription.updates);
      if (offer) subscription.offer(offer.message, offer.before);
    }
  }

  private offerFor(updates: Updates, view: BoardView): Offer {
    const before = this.told;
    const changes = updates === "delta" ? this.messages.changes(view, before) : undefined;
    return changes ? { message: changes, before } : { message: this.messages.whole(view), before: "nothing" };
  }

  /** Where versions have started afresh, what anybody has counts for nothing. */
  private keepEpoch(): void {
    const epoch = this.feed.epoch(this.sport);
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.told = "nothing";
    for (const subscription of this.subscriptions) subscription.forget();
  }

  /** Why somebody gets the whole board; null where the changes bring it up to date. */
  private resync(since: Since | undefined): Resync | null {
    if (!since) return "NEW";
    if (since.epoch !== this.epoch) return "EPOCH_CHANGED";
    return this.resumes(since.version) ? null : "TOO_OLD";
  }

  private resumes(has: number): boolean {
    const view = this.feed.current(this.sport);
    if (!view) return false;
    const ahead = has - view.version;
    if (ahead > 0) return this.feed.mayBeBehind && ahead <= MAX_AHEAD;
    return this.messages.worthwhileChanges(view, has) !== undefined;
  }
}
