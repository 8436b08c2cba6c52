import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Resync, Updates } from "../protocol/messages.js";
import { Channel, MESSAGE_MS } from "./channel.js";
import type { Connection } from "./connection.js";
import { errorMessage } from "./messages.js";
import { PreparedMessage } from "./prepared-message.js";
import { type Has, Subscription } from "./subscription.js";

/** From where a client wants to go on: what it last had. */
export interface Since {
  readonly epoch: string;
  readonly version: number;
}

/** What a client is promised when it joins. */
export interface Joined {
  readonly subscription: Subscription;
  /** For `delta`: whether the changes since will follow; else why the whole board does. */
  readonly resync: Resync | null;
}

/** Everybody at every door who gets boards. One tick encodes each message once, whatever the number of clients. */
export class Hub {
  private readonly channels = new Map<string, Channel>();
  private readonly faults: Faults;

  constructor(
    private readonly feed: OddsFeed,
    log: Logger,
  ) {
    this.faults = new Faults(log);
    feed.listen({
      updated: async ({ sport }) => this.channels.get(sport)?.send(),
      failed: (sport, error) => {
        const subscriptions = this.channels.get(sport)?.subscriptions;
        if (!subscriptions) return;
        const frame = new PreparedMessage(errorMessage(error, sport));
        for (const subscription of subscriptions) subscription.tell(frame);
      },
    });
  }

  /** Adds a connection to a sport. The caller answers first and then has the subscription catch up, all in one go. */
  join(sport: string, connection: Connection, updates: Updates, since?: Since): Joined {
    const channel = this.channels.get(sport) ?? new Channel(this.feed, sport, this.faults);
    this.channels.set(sport, channel);
    channel.keepEpoch();
    const resync = updates === "full" ? "NEW" : this.resync(channel, since);
    const has: Has = resync === null && since ? since.version : "nothing";
    const subscription = new Subscription(channel, connection, updates, has);
    channel.subscriptions.add(subscription);
    return { subscription, resync };
  }

  /** A board as it is now, ready for the wire; made once for all who ask. */
  board(view: BoardView): PreparedMessage {
    const { sport } = view;
    const known = this.channels.get(sport);
    const channel = known ?? new Channel(this.feed, sport, this.faults);
    if (!known) {
      this.channels.set(sport, channel);
      setTimeout(() => this.tidy(sport), MESSAGE_MS).unref();
    }
    return channel.whole(view);
  }

  /** Takes down a fault of ours that ended something a client asked for, and nothing else. */
  fault(what: string, thrown: unknown): void {
    this.faults.note(what, thrown);
  }

  /** Lets go of the frames of a sport that nobody at this server gets any more. */
  tidy(sport: string): void {
    if (this.channels.get(sport)?.subscriptions.size === 0) this.channels.delete(sport);
  }

  private resync(channel: Channel, since: Since | undefined): Resync | null {
    if (!since) return "NEW";
    if (since.epoch !== this.feed.epoch(channel.sport)) return "EPOCH_CHANGED";
    return channel.resumes(since.version) ? null : "TOO_OLD";
  }
}
