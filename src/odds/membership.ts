import type { Logger } from "../logger.js";
import { type BoardStore, headOf, type Snapshot, type Step } from "./board-store.js";
import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import type { Outlooks } from "./outlooks.js";
import type { Poller } from "./poller.js";
import type { Cluster, ClusterListener, Head, Presence, Word } from "./ports.js";
import type { Schedule } from "./schedule.js";

/** What a process among others works with. */
export interface MembershipParts {
  readonly cluster: Cluster;
  readonly boards: BoardStore;
  readonly demand: Demand;
  readonly credits: Credits;
  readonly outlooks: Outlooks;
  readonly schedule: Schedule;
  readonly poller: Poller;
  readonly log: Logger;
  /** How many clients this process has. */
  readonly clients: () => number;
}

/** One process among others: takes in what they tell, and tells them of itself. */
export class Membership implements ClusterListener {
  constructor(private readonly parts: MembershipParts) {}

  presence(): Presence {
    const { boards, demand, clients } = this.parts;
    const voices = demand.voicesHere();
    return {
      clients: clients(),
      wanted: new Map(demand.wantedHere().map((sport) => [sport, voices.get(sport) ?? 1])),
      epoch: boards.epoch,
      heads: new Map(
        boards
          .all()
          .filter(({ epoch }) => epoch === boards.epoch)
          .map((board) => [board.sport, headOf(board)]),
      ),
    };
  }

  epoch(epoch: string): void {
    this.parts.boards.begin(epoch);
  }

  step(step: Step, word: Word): boolean {
    const before = this.parts.boards.get(step.board.sport);
    if (!this.parts.boards.take(step)) return false;
    this.hear(step.board.sport, word, this.parts.boards.get(step.board.sport) !== before);
    return true;
  }

  load(snapshot: Snapshot, word: Word): void {
    this.hear(snapshot.board.sport, { ...word, why: "kept" }, this.parts.boards.load(snapshot));
  }

  word(sport: string, word: Word): void {
    this.hear(sport, word, false);
  }

  ask(sport: string, client: string | undefined): void {
    void this.parts.poller.askedByOther(sport, client);
  }

  lost(sport: string, head: Head): void {
    this.parts.boards.lose(sport, head);
  }

  rewrite(sport: string): void {
    this.parts.poller.rewrite(sport);
  }

  wants(process: string, voices: ReadonlyMap<string, number>): void {
    this.parts.demand.hear(process, voices);
  }

  /**
   * Goes on where the last reader stopped: what it read is not read again before its time. What it counted in an
   * epoch that is over is written anew, as the first version of this one.
   */
  reader(): void {
    const { boards, cluster, outlooks, schedule, poller, log } = this.parts;
    for (const { sport, fetchedAt } of boards.all()) {
      const heard = outlooks.lastHeard(sport);
      // What kept the last one from reading may have been its own: its network, its key.
      const recovery = heard?.trouble?.error.recovery;
      const goesOn = heard && recovery !== "retry" && recovery !== "person";
      if (goesOn) schedule.resume(sport, heard.nextFetchAt - heard.everyMs, heard.everyMs);
      else schedule.resume(sport, fetchedAt);
    }
    outlooks.forget();
    log.info("This process reads the upstream now", { process: cluster.id });
    for (const { sport } of boards.all()) void poller.renumber(sport);
  }

  private hear(sport: string, word: Word, isNew: boolean): void {
    const { credits, outlooks, poller } = this.parts;
    outlooks.hear(sport, word.outlook, word.why !== "kept");
    credits.hearOthers(word.quota);
    poller.heard(sport, word, isNew);
  }
}
