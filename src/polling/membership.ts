import type { Head } from "../board/model.js";
import { type BoardStore, headOf, type Snapshot, type Step } from "../board/store.js";
import type { Logger } from "../logger.js";
import type { Cluster, ClusterListener, LeaderStatus, NodeInfo } from "./cluster.js";
import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import type { PollStatuses } from "./poll-status.js";
import type { Poller } from "./poller.js";
import type { Schedule } from "./schedule.js";

/** What a process among others works with. */
export interface MembershipParts {
  readonly cluster: Cluster;
  readonly boards: BoardStore;
  readonly demand: Demand;
  readonly credits: Credits;
  readonly pollStatuses: PollStatuses;
  readonly schedule: Schedule;
  readonly poller: Poller;
  readonly log: Logger;
  /** How many clients this process has. */
  readonly clients: () => number;
}

/** One process among others: takes in what they tell, and tells them of itself. */
export class Membership implements ClusterListener {
  constructor(private readonly parts: MembershipParts) {}

  nodeInfo(): NodeInfo {
    const { boards, demand, clients } = this.parts;
    const voices = demand.weightsHere();
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

  step(step: Step, word: LeaderStatus): boolean {
    const before = this.parts.boards.get(step.board.sport);
    if (!this.parts.boards.take(step)) return false;
    this.hear(step.board.sport, word, this.parts.boards.get(step.board.sport) !== before);
    return true;
  }

  load(snapshot: Snapshot, word: LeaderStatus): void {
    this.hear(snapshot.board.sport, { ...word, why: "kept" }, this.parts.boards.load(snapshot));
  }

  word(sport: string, word: LeaderStatus): void {
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
    const { boards, cluster, pollStatuses, schedule, poller, log } = this.parts;
    for (const { sport, fetchedAt } of boards.all()) {
      const heard = pollStatuses.lastHeard(sport);
      // What kept the last one from reading may have been its own: its network, its key.
      const recovery = heard?.trouble?.error.recovery;
      const goesOn = heard && recovery !== "retry" && recovery !== "person";
      if (goesOn) schedule.resume(sport, heard.nextFetchAt - heard.everyMs, heard.everyMs);
      else schedule.resume(sport, fetchedAt);
    }
    pollStatuses.forget();
    log.info("This process reads the upstream now", { process: cluster.id });
    for (const { sport } of boards.all()) void poller.renumber(sport);
  }

  private hear(sport: string, word: LeaderStatus, isNew: boolean): void {
    const { credits, pollStatuses, poller } = this.parts;
    pollStatuses.hear(sport, word.pollStatus, word.why !== "kept");
    credits.hearOthers(word.quota);
    poller.heard(sport, word, isNew);
  }
}
