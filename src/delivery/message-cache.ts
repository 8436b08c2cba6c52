import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import { oddsDelta, oddsUpdate } from "./messages.js";
import { PreparedMessage, PreparedText } from "./prepared-message.js";
import type { Has } from "./subscription.js";

/** A prepared message serves those who join, catch up or ask for this long (ms); then its `timestamp` would be a lie. */
export const MESSAGE_MS = 1000;
/**
 * For so many different missed steps messages are made of one board: whoever missed others gets the whole board, as
 * somebody may ask from each version that there was.
 */
export const MAX_DELTAS = 32;
/** A delta smaller than this (bytes) is not weighed against the whole board, and compressed in no time. */
export const SMALL_DELTA_BYTES = 16 * 1024;

/** A sport's messages, how many hold them, and whether it is looked soon if anybody still does. */
interface Held {
  readonly messages: BoardMessages;
  holders: number;
  isEnding: boolean;
}

/** Every sport's messages, as long as somebody holds them and a moment longer: others may come and ask for the same. */
export class MessageCache {
  private readonly boards = new Map<string, Held>();

  constructor(private readonly feed: OddsFeed) {}

  /** A sport's messages, kept until they are released as often as they were held. */
  hold(sport: string): BoardMessages {
    const known = this.boards.get(sport);
    const held = known ?? { messages: new BoardMessages(this.feed, sport), holders: 0, isEnding: false };
    held.holders += 1;
    this.boards.set(sport, held);
    return held.messages;
  }

  /** Lets go of a sport's messages. Without anybody who holds them they are forgotten within `MESSAGE_MS`. */
  release(sport: string): void {
    const held = this.boards.get(sport);
    if (!held) return;
    held.holders -= 1;
    if (held.holders > 0 || held.isEnding) return;
    held.isEnding = true;
    setTimeout(() => {
      held.isEnding = false;
      if (held.holders === 0) this.boards.delete(sport);
    }, MESSAGE_MS).unref();
  }

  /** The whole board for somebody who asks once: the message that all get who want it now. */
  whole(view: BoardView): PreparedMessage {
    try {
      return this.hold(view.sport).whole(view);
    } finally {
      this.release(view.sport);
    }
  }
}

/** The messages of one sport's board as it is now, each made at most once while it stays so. */
export class BoardMessages {
  private full: PreparedMessage | undefined;
  private readonly deltas = new Map<number, PreparedMessage>();
  /** Which board they are of, and since when (ms on the steady clock). */
  private of = "";
  private since = 0;
  /** The newest board's `odds`: the same from one tick to the next while nothing is read. */
  private odds: { readonly of: BoardView["events"]; readonly text: PreparedText } | undefined;

  constructor(
    private readonly feed: OddsFeed,
    private readonly sport: string,
  ) {}

  /** The whole board. */
  whole(view: BoardView): PreparedMessage {
    this.keepTo(view);
    this.full ??= new PreparedMessage(oddsUpdate(view), this.oddsOf(view));
    return this.full;
  }

  /** What changed for those who have this much; undefined where that is not known, or too many others have asked. */
  changes(view: BoardView, has: Has): PreparedMessage | undefined {
    if (has === "nothing") return undefined;
    this.keepTo(view);
    const known = this.deltas.get(has);
    if (known || this.deltas.size >= MAX_DELTAS) return known;
    const delta = this.feed.since(this.sport, has);
    if (!delta) return undefined;
    const message = new PreparedMessage(oddsDelta(view, delta));
    this.deltas.set(has, message);
    return message;
  }

  /** The changes, unless the whole board is smaller. */
  worthwhileChanges(view: BoardView, has: Has): PreparedMessage | undefined {
    const changes = this.changes(view, has);
    if (!changes || changes.size <= SMALL_DELTA_BYTES) return changes;
    return changes.size > this.whole(view).size ? undefined : changes;
  }

  /** From here on messages are stamped anew. */
  renew(): void {
    this.full = undefined;
    this.deltas.clear();
    this.of = "";
  }

  private keepTo({ epoch, fetchedAt, version, status, reason }: BoardView): void {
    const board = `${epoch}/${version}/${fetchedAt}/${status}/${reason}`;
    const now = performance.now();
    if (this.of === board && now - this.since <= MESSAGE_MS) return;
    this.renew();
    this.of = board;
    this.since = now;
  }

  private oddsOf({ events }: BoardView): PreparedText {
    if (this.odds?.of !== events) this.odds = { of: events, text: new PreparedText(JSON.stringify(events)) };
    return this.odds.text;
  }
}
