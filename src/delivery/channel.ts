import type { Faults } from "../faults.js";
import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Updates } from "../protocol/messages.js";
import { Content } from "./content.js";
import { oddsDelta, oddsUpdate } from "./messages.js";
import { PreparedMessage } from "./prepared-message.js";
import type { Has, SubscribedTo, Subscription } from "./subscription.js";

/** A ready-made frame serves those who join or catch up for this long (ms); then its `timestamp` would be a lie. */
export const MESSAGE_MS = 1000;
/**
 * For so many different missed steps frames are made of one board: whoever missed others gets the whole board, as
 * somebody may ask from each version that there was.
 */
export const MAX_DELTAS = 32;
/** A client that comes from another process may be this many versions ahead of this one, for a moment. */
const MAX_AHEAD = 10;
/** A delta smaller than this (bytes) is not weighed against the whole board, and compressed in no time. */
const SMALL_DELTA_BYTES = 16 * 1024;

/** What those get who had `before`. */
interface Offer {
  readonly frame: PreparedMessage;
  readonly before: Has;
}

/** All who get one sport's boards, and the frames made ready for them. */
export class Channel implements SubscribedTo {
  readonly subscriptions = new Set<Subscription>();
  /** What everybody was last told, or has been told since. */
  private told: Has;
  private epoch: string;
  private frames = new Map<string, PreparedMessage>();
  private framesOf = "";
  private framesAt = 0;
  /** The newest board's `odds`. */
  private odds: { readonly of: BoardView["events"]; readonly content: Content } | undefined;
  private sending = false;
  private again = false;

  constructor(
    private readonly feed: OddsFeed,
    readonly sport: string,
    private readonly faults: Faults,
  ) {
    this.told = feed.version(sport) ?? "nothing";
    this.epoch = feed.epoch(sport);
  }

  /**
   * Sends everybody the board, or what changed since the last time: encoded once, compressed once, written to each. A
   * big board is compressed elsewhere meanwhile; a tick that comes before that is done has its turn after it.
   */
  async send(): Promise<void> {
    this.again = true;
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.again) {
        this.again = false;
        await this.prepare();
        this.broadcast();
      }
    } finally {
      this.sending = false;
    }
  }

  /** Makes the frames that nearly everybody will get. */
  private async prepare(): Promise<void> {
    const view = this.feed.current(this.sport);
    if (!view) return;
    this.keepEpoch();
    this.frames.clear();
    const deflates = new Map<Updates, boolean>();
    for (const { updates, connection } of this.subscriptions) {
      if (!deflates.get(updates)) deflates.set(updates, connection.deflates);
    }
    if (deflates.get("full")) await this.whole(view).compress();
    if (deflates.has("delta")) {
      const frame = this.changed(view, this.told) ?? this.whole(view);
      if (deflates.get("delta") && frame.size > SMALL_DELTA_BYTES) await frame.compress();
    }
  }

  private broadcast(): void {
    const view = this.feed.current(this.sport);
    if (!view) return;
    this.keepEpoch();
    // One frame for each kind of update: looked up once, not for each of thousands. All are made before anybody is
    // told: where that fails, nobody was, and the next tick tells what this one would have.
    const offers = new Map<Updates, Offer>();
    for (const { updates } of this.subscriptions) {
      if (!offers.has(updates)) offers.set(updates, this.offerFor(updates, view));
    }
    this.told = view.version;
    for (const subscription of this.subscriptions) {
      const offer = offers.get(subscription.updates);
      if (offer) subscription.offer(offer.frame, offer.before);
    }
  }

  private offerFor(updates: Updates, view: BoardView): Offer {
    const before = this.told;
    const delta = updates === "delta" ? this.changed(view, before) : undefined;
    return delta ? { frame: delta, before } : { frame: this.whole(view), before: "nothing" };
  }

  /** Lets a subscription go. */
  remove(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
  }

  /** Takes down a fault that struck one of the subscriptions. */
  fault(thrown: unknown): void {
    this.faults.note(`A client of ${this.sport} could not be served`, thrown);
  }

  /** Where versions have started afresh, what anybody has counts for nothing. */
  keepEpoch(): void {
    const epoch = this.feed.epoch(this.sport);
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.told = "nothing";
    for (const subscription of this.subscriptions) subscription.forget();
  }

  /** What brings somebody who has this much up to date: the changes, or the whole board where that is smaller. */
  missing(has: Has): PreparedMessage | undefined {
    const view = this.feed.current(this.sport);
    if (!view) return undefined;
    const known = view.epoch === this.epoch ? has : "nothing";
    // Who is ahead is not sent back: what it has is on its way here.
    if (known !== "nothing" && known > view.version) return undefined;
    return this.worthwhile(view, known) ?? this.whole(view);
  }

  /** Whether somebody who has this much is brought up to date by the changes. */
  resumes(has: number): boolean {
    const view = this.feed.current(this.sport);
    const ahead = view ? has - view.version : 0;
    if (ahead > 0) return this.feed.mayBeBehind && ahead <= MAX_AHEAD;
    return view !== undefined && this.worthwhile(view, has) !== undefined;
  }

  /** The changes, unless the whole board is smaller. */
  private worthwhile(view: BoardView, has: Has): PreparedMessage | undefined {
    const delta = this.changed(view, has);
    if (!delta || delta.size <= SMALL_DELTA_BYTES) return delta;
    return delta.size > this.whole(view).size ? undefined : delta;
  }

  /** The whole board. */
  whole(view: BoardView): PreparedMessage {
    return this.ready(
      view,
      "whole",
      () => new PreparedMessage(oddsUpdate(view), this.oddsOf(view)),
    ) as PreparedMessage;
  }

  private oddsOf({ events }: BoardView): Content {
    if (this.odds?.of !== events) this.odds = { of: events, content: new Content(JSON.stringify(events)) };
    return this.odds.content;
  }

  private changed(view: BoardView, has: Has): PreparedMessage | undefined {
    if (has === "nothing") return undefined;
    return this.ready(view, String(has), () => {
      if (this.frames.size >= MAX_DELTAS) return undefined;
      const delta = this.feed.since(this.sport, has);
      return delta && new PreparedMessage(oddsDelta(view, delta));
    });
  }

  /** A frame of the board as it is now, made at most once while it stays so. */
  private ready(
    view: BoardView,
    of: string,
    make: () => PreparedMessage | undefined,
  ): PreparedMessage | undefined {
    const { epoch, fetchedAt, version, status, reason } = view;
    const board = `${epoch}/${version}/${fetchedAt}/${status}/${reason}`;
    const now = performance.now();
    if (this.framesOf !== board || now - this.framesAt > MESSAGE_MS) {
      this.frames.clear();
    }
    if (this.frames.size === 0) {
      this.framesOf = board;
      this.framesAt = now;
    }
    const known = this.frames.get(of);
    if (known) return known;
    const made = make();
    if (made) this.frames.set(of, made);
    return made;
  }
}
