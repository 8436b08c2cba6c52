import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Updates } from "../protocol/client-messages.js";
import { Channel, type Since } from "./channel.js";
import type { Connection } from "./connection.js";
import type { MessageCache } from "./message-cache.js";
import { errorMessage } from "./messages.js";
import type { Subscription } from "./subscription.js";

/** Everybody at every transport who gets boards: a channel for each sport, as long as somebody is in it. */
export class Hub {
  private readonly channels = new Map<string, Channel>();
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
      updated: async ({ sport }) => this.channels.get(sport)?.broadcast(),
      failed: (sport, error) => this.channels.get(sport)?.tell(errorMessage(error, sport)),
    });
  }

  /** Adds a connection to a sport's channel. */
  join(sport: string, connection: Connection, updates: Updates, since?: Since): Subscription {
    return (this.channels.get(sport) ?? this.open(sport)).join(connection, updates, since);
  }

  /** Takes down a fault of ours that ended something a client asked for, and nothing else. */
  fault(what: string, thrown: unknown): void {
    this.faults.note(what, thrown);
  }

  private open(sport: string): Channel {
    const messages = this.messages.hold(sport);
    const channel = new Channel(this.feed, sport, messages, this.faults, () => {
      this.channels.delete(sport);
      this.messages.release(sport);
    });
    this.channels.set(sport, channel);
    return channel;
  }
}
