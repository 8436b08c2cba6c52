import type { ViewFilter } from "../board/view-filter.js";
import type { AppError } from "../errors.js";
import type { Faults } from "../faults.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Updates } from "../protocol/client-messages.js";
import type { ServerMessage } from "../protocol/server-messages.js";
import { Channel, type Since } from "./channel.js";
import type { Connection } from "./connection.js";
import type { MessageCache } from "./message-cache.js";
import { errorMessage } from "./messages.js";
import type { Subscription } from "./subscription.js";
import type { Turns } from "./turns.js";

/** The channel of a view. */
interface ViewChannel {
  readonly filter: ViewFilter;
  readonly channel: Channel;
}

/** All who get one sport: a channel for its board, and one for each view of it that somebody has. */
export class SportChannels {
  private whole: Channel | undefined;
  /** By the view's key, the longest open first. */
  private readonly views = new Map<string, ViewChannel>();
  private isGoingRound = false;
  private again = false;

  /** `emptied` is called when the last subscription has gone. */
  constructor(
    private readonly feed: OddsFeed,
    private readonly sport: string,
    private readonly messages: MessageCache,
    private readonly turns: Turns,
    private readonly faults: Faults,
    private readonly emptied: () => void,
  ) {}

  /** Adds a connection: to the board's channel, or to that of a view. */
  join(connection: Connection, updates: Updates, since?: Since, filter?: ViewFilter): Subscription {
    return this.channelOf(filter).join(connection, updates, since);
  }

  /**
   * Sends everybody what is due: the whole board first, then view after view, with room for all else in between, as there
   * may be many. A tick that comes before all views had theirs has its round after this one.
   */
  async broadcast(): Promise<void> {
    await this.whole?.broadcast();
    if (this.views.size === 0) return;
    this.again = true;
    if (this.isGoingRound) return;
    this.isGoingRound = true;
    try {
      while (this.again) {
        this.again = false;
        await this.goRound();
      }
    } finally {
      this.isGoingRound = false;
    }
  }

  /** Tells everybody something that is no board. */
  tell(message: ServerMessage): void {
    this.whole?.tell(message);
    for (const { channel } of this.views.values()) channel.tell(message);
  }

  /** Boards grow: views that there is no room for any more end, those first that came last. */
  private async goRound(): Promise<void> {
    const refusal = this.messages.views.round(this.sport);
    for (const { filter, channel } of [...this.views.values()]) {
      await this.turns.do(() => this.send(channel, refusal(filter)));
    }
  }

  /** A fault ends this try of one view, and nothing else. */
  private async send(channel: Channel, refusal: AppError | undefined): Promise<void> {
    try {
      if (refusal) channel.end(errorMessage(refusal, this.sport));
      else await channel.broadcast();
    } catch (thrown) {
      this.faults.note(`A view of ${this.sport} could not be served`, thrown);
      channel.tell(errorMessage(thrown, this.sport));
    }
  }

  private channelOf(filter: ViewFilter | undefined): Channel {
    if (filter === undefined) {
      this.whole ??= this.open(undefined, () => {
        this.whole = undefined;
      });
      return this.whole;
    }
    const known = this.views.get(filter.key);
    if (known) return known.channel;
    const channel = this.open(filter, () => this.views.delete(filter.key));
    this.views.set(filter.key, { filter, channel });
    return channel;
  }

  private open(filter: ViewFilter | undefined, closed: () => void): Channel {
    const messages = this.messages.hold(this.sport, filter);
    return new Channel(this.feed, this.sport, messages, this.faults, () => {
      closed();
      this.messages.release(this.sport, filter);
      if (this.whole === undefined && this.views.size === 0) this.emptied();
    });
  }
}
