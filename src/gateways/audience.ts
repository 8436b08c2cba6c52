import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { BoardView, OddsFeed } from "../odds/feed.js";
import { Frame } from "./frame.js";
import { type Has, Member, type Wire } from "./member.js";
import { errorMessage } from "./messages.js";
import type { Resync, Updates } from "./protocol.js";
import { FRAME_MS, Stand } from "./stand.js";

/** From where a client wants to go on: what it last had. */
export interface Since {
  readonly epoch: string;
  readonly version: number;
}

/** What a client is promised when it joins. */
export interface Joined {
  readonly member: Member;
  /** For `delta`: whether the changes since will follow; else why the whole board does. */
  readonly resync: Resync | null;
}

/** Everybody at every door who gets boards. One tick encodes each message once, whatever the number of clients. */
export class Audience {
  private readonly stands = new Map<string, Stand>();
  private readonly faults: Faults;

  constructor(
    private readonly feed: OddsFeed,
    log: Logger,
  ) {
    this.faults = new Faults(log);
    feed.listen({
      board: async ({ sport }) => this.stands.get(sport)?.send(),
      failure: (sport, error) => {
        const members = this.stands.get(sport)?.members;
        if (!members) return;
        const frame = new Frame(errorMessage(error, sport));
        for (const member of members) member.tell(frame);
      },
    });
  }

  /** Adds a connection to a sport. The caller answers first and then has the member catch up, all in one go. */
  join(sport: string, wire: Wire, updates: Updates, since?: Since): Joined {
    const stand = this.stands.get(sport) ?? new Stand(this.feed, sport, this.faults);
    this.stands.set(sport, stand);
    stand.keepEpoch();
    const resync = updates === "full" ? "NEW" : this.resync(stand, since);
    const has: Has = resync === null && since ? since.version : "nothing";
    const member = new Member(stand, wire, updates, has);
    stand.members.add(member);
    return { member, resync };
  }

  /** A board as it is now, ready for the wire; made once for all who ask. */
  board(view: BoardView): Frame {
    const { sport } = view;
    const known = this.stands.get(sport);
    const stand = known ?? new Stand(this.feed, sport, this.faults);
    if (!known) {
      this.stands.set(sport, stand);
      setTimeout(() => this.tidy(sport), FRAME_MS).unref();
    }
    return stand.whole(view);
  }

  /** Lets go of the frames of a sport that nobody at this server gets any more. */
  tidy(sport: string): void {
    if (this.stands.get(sport)?.members.size === 0) this.stands.delete(sport);
  }

  private resync(stand: Stand, since: Since | undefined): Resync | null {
    if (!since) return "NEW";
    if (since.epoch !== this.feed.epoch(stand.sport)) return "EPOCH_CHANGED";
    return stand.resumes(since.version) ? null : "TOO_OLD";
  }
}
