import type { BoardPosition } from "../board/model.js";
import { type BoardStore, positionOf, type Snapshot, type Step } from "../board/store.js";
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
    const weights = demand.weightsHere();
    return {
      clients: clients(),
      wanted: new Map(demand.wantedHere().map((sport) => [sport, weights.get(sport) ?? 1])),
      epoch: boards.epoch,
      positions: new Map(
        boards
          .all()
          .filter(({ epoch }) => epoch === boards.epoch)
          .map((board) => [board.sport, positionOf(board)]),
      ),
    };
  }

  epoch(epoch: string): void {
    this.parts.boards.begin(epoch);
  }

  step(step: Step, status: LeaderStatus): boolean {
    const before = this.parts.boards.get(step.board.sport);
    if (!this.parts.boards.take(step)) return false;
    this.take(step.board.sport, status, this.parts.boards.get(step.board.sport) !== before);
    return true;
  }

  load(snapshot: Snapshot, status: LeaderStatus): void {
    this.take(snapshot.board.sport, { ...status, why: "kept" }, this.parts.boards.load(snapshot));
  }

  hear(sport: string, status: LeaderStatus): void {
    this.take(sport, status, false);
  }

  ask(sport: string, client: string | undefined): void {
    void this.parts.poller.askedByOther(sport, client);
  }

  lost(sport: string, head: BoardPosition): void {
    this.parts.boards.lose(sport, head);
  }

  rewrite(sport: string): void {
    this.parts.poller.rewrite(sport);
  }

  wants(process: string, weights: ReadonlyMap<string, number>): void {
    this.parts.demand.hear(process, weights);
  }

  /**
   * Goes on where the last reader stopped: what it read is not read again before its time. What it counted in an
   * epoch that is over is written anew, as the first version of this one.
   */
  elected(): void {
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

  private take(sport: string, status: LeaderStatus, isNew: boolean): void {
    const { credits, pollStatuses, poller } = this.parts;
    pollStatuses.hear(sport, status.pollStatus, status.why !== "kept");
    credits.hearOthers(status.quota);
    poller.heard(sport, status, isNew);
  }
}
