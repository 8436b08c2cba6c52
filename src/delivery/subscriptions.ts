import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type { ClientMessage } from "../protocol/client-messages.js";
import type { Connection } from "./connection.js";
import type { Hub } from "./hub.js";
import type { Subscription } from "./subscription.js";
import type { HeldView } from "./views.js";

type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;

/** One of them; `release` ends its demand. */
interface Held {
  subscription: Subscription;
  view: HeldView | undefined;
  readonly release: () => void;
}

/** The sports that one connection has: it is in the channel of each, and each is wanted, until it is let go. */
export class Subscriptions {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly connection: Connection,
    private readonly log: Logger,
  ) {}

  /** How many there are. */
  get size(): number {
    return this.held.size;
  }

  /** Their keys, as they are now. */
  get sports(): readonly string[] {
    return [...this.held.keys()];
  }

  has(sport: string): boolean {
    return this.held.has(sport);
  }

  /**
   * Subscribes to a sport; in place of an earlier subscription to it, where there is one. Sends nothing. Throws an
   * `AppError` where there are as many views as may be, and all is as before.
   */
  join({ sport, updates, since, only }: Subscribe): Subscription {
    const held = this.held.get(sport);
    const view = only && this.hub.views.open(sport, only, this.connection.client, held?.view);
    let subscription: Subscription | undefined;
    try {
      // A version of another view, which this client has had till now, is none of this one.
      const isSame = held === undefined || held.view?.filter === view?.filter;
      subscription = this.hub.join(sport, this.connection, updates, isSame ? since : undefined, view?.filter);
      this.hold(sport, subscription, view);
    } catch (thrown) {
      subscription?.leave();
      view?.release();
      throw thrown;
    }
    return subscription;
  }

  /** The connection takes messages again: sends what was missed meanwhile. */
  catchUp(): void {
    for (const { subscription } of this.held.values()) this.hub.catchUp(subscription);
  }

  /** Ends one, whose client stays. */
  drop(sport: string): void {
    this.letGo(sport);
    this.connection.left?.(sport);
    this.log.info(`Unsubscribed from ${sport}`, { client: this.connection.id, sport });
  }

  /** Ends all, as the client has gone. */
  leave(): void {
    for (const sport of this.sports) this.letGo(sport);
  }

  /** The first subscription to a sport makes a demand. */
  private hold(sport: string, subscription: Subscription, view: HeldView | undefined): void {
    subscription.ended = () => this.drop(sport);
    const held = this.held.get(sport);
    if (held) {
      held.subscription.leave();
      held.view?.release();
      held.subscription = subscription;
      held.view = view;
      return;
    }
    const { id, client } = this.connection;
    this.held.set(sport, { subscription, view, release: this.feed.want(sport, client) });
    this.connection.joined?.(sport);
    this.log.info(`Subscribed to ${sport}`, { client: id, sport, updates: subscription.updates });
  }

  private letGo(sport: string): void {
    const held = this.held.get(sport);
    this.held.delete(sport);
    held?.subscription.leave();
    held?.view?.release();
    held?.release();
  }
}
