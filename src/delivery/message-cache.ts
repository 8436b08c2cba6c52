import type { BoardEvent } from "../board/model.js";
import type { ViewFilter } from "../board/view-filter.js";
import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import { oddsDelta, oddsUpdate } from "./messages.js";
import { PreparedMessage, PreparedText } from "./prepared-message.js";
import type { Has } from "./subscription.js";
import { Views } from "./views.js";

/** A prepared message serves those who join, catch up or ask for this long (ms); then its `timestamp` would be a lie. */
export const MESSAGE_MS = 1000;
/**
 * For so many different missed steps messages are made of one board: whoever missed others gets the whole board, as
 * somebody may ask from each version that there was.
 */
export const MAX_DELTAS = 32;
/** The same of one view, of which there may be a thousand, and whose whole is small. */
export const MAX_VIEW_DELTAS = 8;
/** A delta smaller than this (bytes) is not weighed against the whole board. */
const SMALL_BYTES = 16 * 1024;

/** Messages, how many hold them, and whether it is looked soon if anybody still does. */
interface Held {
  readonly messages: BoardMessages;
  holders: number;
  isEnding: boolean;
}

/**
 * The messages of every sport's board, and of each view of it that somebody has, as long as somebody holds them and a
 * moment longer: others may come and ask for the same.
 */
export class MessageCache {
  /** Which views somebody has. */
  readonly views: Views;
  private readonly boards = new Map<string, Held>();

  constructor(private readonly feed: OddsFeed) {
    this.views = new Views(feed);
  }

  /** The messages of a sport's board, or of a view of it, kept until they are released as often as they were held. */
  hold(sport: string, filter?: ViewFilter): BoardMessages {
    const name = nameOf(sport, filter);
    const known = this.boards.get(name);
    const messages = known?.messages ?? new BoardMessages(this.feed, sport, filter);
    const held = known ?? { messages, holders: 0, isEnding: false };
    held.holders += 1;
    this.boards.set(name, held);
    return held.messages;
  }

  /** Lets go of such messages. Without anybody who holds them they are forgotten within `MESSAGE_MS`. */
  release(sport: string, filter?: ViewFilter): void {
    const name = nameOf(sport, filter);
    const held = this.boards.get(name);
    if (!held) return;
    held.holders -= 1;
    if (held.holders > 0 || held.isEnding) return;
    held.isEnding = true;
    setTimeout(() => {
      held.isEnding = false;
      if (held.holders === 0) this.boards.delete(name);
    }, MESSAGE_MS).unref();
  }

  /** The whole board, or a view of it, for somebody who asks once: the message that all get who want it now. */
  whole(view: BoardView, filter?: ViewFilter): PreparedMessage {
    try {
      return this.hold(view.sport, filter).whole(view);
    } finally {
      this.release(view.sport, filter);
    }
  }
}

/** Names a sport's board, or a view of it. No key of a view has a line's end in it, so no two have the same name. */
function nameOf(sport: string, filter: ViewFilter | undefined): string {
  return `${filter?.key ?? ""}\n${sport}`;
}

/** The messages of one sport's board, or of a view of it, as it is now, each made at most once while it stays so. */
export class BoardMessages {
  private full: PreparedMessage | undefined;
  private readonly deltas = new Map<number, PreparedMessage>();
  /** Which board they are of, and since when (ms on the steady clock). */
  private of = "";
  private since = 0;
  /** The newest board's `odds`: the same from one tick to the next while nothing is read. */
  private odds: { readonly of: BoardView["events"]; readonly text: PreparedText } | undefined;

  /** Without a filter they are of the board itself. */
  constructor(
    private readonly feed: OddsFeed,
    private readonly sport: string,
    readonly filter?: ViewFilter,
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
    if (known || this.deltas.size >= (this.filter ? MAX_VIEW_DELTAS : MAX_DELTAS)) return known;
    const delta = this.feed.since(this.sport, has, this.filter);
    if (!delta) return undefined;
    const message = new PreparedMessage(oddsDelta(view, delta));
    this.deltas.set(has, message);
    return message;
  }

  /** The changes, unless the whole board is smaller. */
  worthwhileChanges(view: BoardView, has: Has): PreparedMessage | undefined {
    const changes = this.changes(view, has);
    if (!changes || changes.size <= SMALL_BYTES) return changes;
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

  private oddsOf(view: BoardView): PreparedText {
    const events = this.filter ? this.filter.events(view.events) : view.events;
    if (!this.odds || !areSame(this.odds.of, events)) {
      this.odds = { of: events, text: new PreparedText(JSON.stringify(events)) };
    }
    return this.odds.text;
  }
}

/** Whether these are the same events, each as it was: most of a board moves beside most views. */
function areSame(one: readonly BoardEvent[], other: readonly BoardEvent[]): boolean {
  return one === other || (one.length === other.length && one.every((event, i) => event === other[i]));
}
