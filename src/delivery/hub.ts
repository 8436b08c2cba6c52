import type { ViewFilter } from "../board/view-filter.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Updates } from "../protocol/client-messages.js";
import type { Since } from "./channel.js";
import type { Connection } from "./connection.js";
import type { MessageCache } from "./message-cache.js";
import { errorMessage } from "./messages.js";
import { SportChannels } from "./sport-channels.js";
import type { Subscription } from "./subscription.js";
import { Turns } from "./turns.js";
import type { Views } from "./views.js";

/** What sending views takes of the time at most, and making first boards of them: the rest is for all else. */
const SHARES = { rounds: 0.9, first: 0.5 } as const;

/** Everybody at every transport who gets boards: channels for each sport, as long as somebody is in them. */
export class Hub {
  private readonly sports = new Map<string, SportChannels>();
  private readonly rounds = new Turns(SHARES.rounds);
  private readonly first = new Turns(SHARES.first);
  private readonly faults: Faults;

  constructor(
    private readonly feed: OddsFeed,
    private readonly messages: MessageCache,
    /** What is counted of each transport. */
    readonly counts: Metrics["transports"],
    log: Logger,
  ) {
    this.faults = new Faults(log);
    feed.listen({
      updated: async ({ sport }) => this.sports.get(sport)?.broadcast(),
      failed: (sport, error) => this.sports.get(sport)?.tell(errorMessage(error, sport)),
    });
  }

  /** Which views somebody has. */
  get views(): Views {
    return this.messages.views;
  }

  /** Adds a connection to a sport's channel, or to that of a view which it holds. */
  join(
    sport: string,
    connection: Connection,
    updates: Updates,
    since?: Since,
    filter?: ViewFilter,
  ): Subscription {
    return (this.sports.get(sport) ?? this.open(sport)).join(connection, updates, since, filter);
  }

  /**
   * Sends on a subscription what is missing. A view is the client's own choice, so somebody may have one made with each
   * message: there they wait in line, and only the last of each connection is made.
   */
  catchUp(subscription: Subscription): void {
    if (subscription.view) void this.first.do(() => subscription.prepareAndCatchUp());
    else subscription.catchUp();
  }

  /** Takes down a fault of ours that ended something a client asked for, and nothing else. */
  fault(what: string, thrown: unknown): void {
    this.faults.note(what, thrown);
  }

  private open(sport: string): SportChannels {
    const { feed, messages, rounds, faults } = this;
    const channels = new SportChannels(feed, sport, messages, rounds, faults, () =>
      this.sports.delete(sport),
    );
    this.sports.set(sport, channels);
    return channels;
  }
}
