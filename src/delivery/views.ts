import type { BoardEvent } from "../board/model.js";
import { type Only, ViewFilter, weightOf } from "../board/view-filter.js";
import type { AppError } from "../errors.js";
import type { OddsFeed } from "../polling/feed.js";
import { tooLargeOfClient, tooManyOfClient, tooManyOfSport, VIEW_LIMITS } from "./view-limits.js";

/** A view that is asked for over REST counts for this long (ms): who polls comes back. */
export const ASKED_MS = 60_000;

/** A view that is open: what it holds, in boards, and which clients have a share in it, the first one first. */
interface OpenView {
  readonly sport: string;
  readonly filter: ViewFilter;
  boards: number;
  readonly clients: Set<string>;
}

/** One client's share in a view: how often it holds it, and until when it counts as asked for (ms on the steady clock). */
interface Share {
  readonly view: OpenView;
  readonly client: string;
  held: number;
  until: number;
}

/** A view that somebody holds, until it is released. */
export interface HeldView {
  readonly filter: ViewFilter;
  release(): void;
}

/**
 * Which views are open, and for whom. They are bounded in number and in what they hold, so that somebody who makes a new
 * one for each of many connections costs so much at most, and nobody else anything.
 */
export class Views {
  private readonly sports = new Map<string, { readonly views: Map<string, OpenView>; boards: number }>();
  private readonly clients = new Map<string, Map<OpenView, Share>>();
  private readonly shares = new WeakMap<HeldView, Share>();
  private readonly asked = new Set<Share>();
  /** Of the events that are still around: most of them are in many views as they are. */
  private readonly weights = new WeakMap<BoardEvent, number>();
  /** Of the boards that are still around. */
  private readonly wholes = new WeakMap<readonly BoardEvent[], number>();
  private isSweeping = false;

  constructor(private readonly feed: Pick<OddsFeed, "current">) {}

  /**
   * Opens a view for a client (see `Connection.client`), which lets go of `instead` right after. Throws an `AppError`
   * (`TOO_MANY_SUBSCRIPTIONS`) where it would be one too many.
   */
  open(sport: string, only: Only, client: string, instead?: HeldView): HeldView {
    const share = this.share(sport, only, client, instead && this.shares.get(instead));
    share.held += 1;
    let isHeld = true;
    const held = {
      filter: share.view.filter,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        share.held -= 1;
        this.end(share);
      },
    };
    this.shares.set(held, share);
    return held;
  }

  /** Opens a view for a client that asks once, and may again. Throws as `open` does. */
  ask(sport: string, only: Only, client: string): ViewFilter {
    const share = this.share(sport, only, client);
    const { filter } = share.view;
    this.weigh(sport, filter);
    const refusal = this.refusal(sport, client, 0);
    if (refusal) {
      this.forget(share);
      throw refusal;
    }
    share.until = performance.now() + ASKED_MS;
    this.asked.add(share);
    this.sweep();
    return filter;
  }

  /** Weighs a view that is open by the board of now: what it holds, in boards. A board may have grown under it. */
  weigh(sport: string, filter: ViewFilter): number {
    return this.weighBy(this.feed.current(sport)?.events ?? NO_EVENTS, sport, filter);
  }

  private weighBy(events: readonly BoardEvent[], sport: string, filter: ViewFilter): number {
    const boards = this.boards(events, filter);
    const of = this.sports.get(sport);
    const view = of?.views.get(filter.key);
    if (of && view) {
      of.boards += boards - view.boards;
      view.boards = boards;
    }
    return boards;
  }

  /**
   * Weighs the views of a sport, one with each call, those first that came first: boards grow. Gives why there is no
   * room for one any more. One that several clients share is its own to the first of them that has room.
   */
  round(sport: string): (filter: ViewFilter) => AppError | undefined {
    const events = this.feed.current(sport)?.events ?? NO_EVENTS;
    let boards = 0;
    const own = new Map<string, number>();
    return (filter) => {
      const ours = this.weighBy(events, sport, filter);
      const clients = this.sports.get(sport)?.views.get(filter.key)?.clients ?? [];
      if (boards + ours > VIEW_LIMITS.boards) return tooManyOfSport();
      for (const client of clients) {
        const all = (own.get(client) ?? 0) + ours;
        if (all > VIEW_LIMITS.boardsOfClient) continue;
        own.set(client, all);
        boards += ours;
        return undefined;
      }
      return tooLargeOfClient();
    };
  }

  private share(sport: string, only: Only, client: string, instead?: Share): Share {
    const filter = new ViewFilter(only);
    const known = this.sports.get(sport)?.views.get(filter.key);
    const shares = this.clients.get(client) ?? new Map<OpenView, Share>();
    const share = known && shares.get(known);
    if (share) return share;
    const isLeft = instead?.client === client && instead.held === 1 && !this.asked.has(instead);
    if (shares.size - (isLeft ? 1 : 0) >= VIEW_LIMITS.ofClient) throw tooManyOfClient();
    const view = known ?? this.add(sport, filter, client, isLeft ? instead.view : undefined);
    const added = { view, client, held: 0, until: 0 };
    view.clients.add(client);
    shares.set(view, added);
    this.clients.set(client, shares);
    return added;
  }

  /** Adds a view where there is room, that of `left` counted in. */
  private add(sport: string, filter: ViewFilter, client: string, left?: OpenView): OpenView {
    const of = this.sports.get(sport) ?? { views: new Map<string, OpenView>(), boards: 0 };
    const boards = this.boards(this.feed.current(sport)?.events ?? NO_EVENTS, filter);
    if (of.views.size - (left?.clients.size === 1 ? 1 : 0) >= VIEW_LIMITS.ofSport) throw tooManyOfSport();
    const refusal = this.refusal(sport, client, boards, left);
    if (refusal) throw refusal;
    const view = { sport, filter, boards, clients: new Set<string>() };
    of.views.set(filter.key, view);
    of.boards += boards;
    this.sports.set(sport, of);
    return view;
  }

  /** Why a sport's views may not hold so much more (in boards) for a client, who lets go of `left`. */
  private refusal(sport: string, client: string, more: number, left?: OpenView): AppError | undefined {
    const all = this.sports.get(sport)?.boards ?? 0;
    if (all + more - (left?.clients.size === 1 ? left.boards : 0) > VIEW_LIMITS.boards)
      return tooManyOfSport();
    let own = more;
    for (const view of this.clients.get(client)?.keys() ?? []) {
      const [first] = view.clients;
      if (view.sport === sport && first === client && view !== left) own += view.boards;
    }
    return own > VIEW_LIMITS.boardsOfClient ? tooLargeOfClient() : undefined;
  }

  /** A share that nobody has any more is none, nor is a view without any. */
  private end(share: Share): void {
    const { view, client } = share;
    if (share.held > 0 || this.asked.has(share)) return;
    const shares = this.clients.get(client);
    shares?.delete(view);
    if (shares?.size === 0) this.clients.delete(client);
    view.clients.delete(client);
    const of = this.sports.get(view.sport);
    if (view.clients.size > 0 || !of) return;
    of.views.delete(view.filter.key);
    of.boards -= view.boards;
    if (of.views.size === 0) this.sports.delete(view.sport);
  }

  /** Ends from time to time what was asked for long ago. */
  private sweep(): void {
    if (this.isSweeping || this.asked.size === 0) return;
    this.isSweeping = true;
    setTimeout(() => {
      this.isSweeping = false;
      const now = performance.now();
      for (const share of this.asked) if (share.until <= now) this.forget(share);
      this.sweep();
    }, ASKED_MS).unref();
  }

  private forget(share: Share): void {
    this.asked.delete(share);
    this.end(share);
  }

  private boards(events: readonly BoardEvent[], filter: ViewFilter): number {
    const whole = this.wholes.get(events) ?? this.weight(events);
    this.wholes.set(events, whole);
    return this.weight(filter.events(events)) / Math.max(VIEW_LIMITS.leastBoard, whole);
  }

  private weight(events: readonly BoardEvent[]): number {
    let sum = 0;
    for (const event of events) {
      let weight = this.weights.get(event);
      if (weight === undefined) {
        weight = weightOf(event);
        this.weights.set(event, weight);
      }
      sum += weight;
    }
    return sum;
  }
}

const NO_EVENTS: readonly BoardEvent[] = [];
