import type { BoardPosition } from "../board/model.js";
import { type BoardStore, positionOf, type Snapshot, type Step } from "../board/store.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Cluster, ClusterListener, LeaderStatus, NodeInfo, ProcessReport } from "./cluster.js";
import type { Demand } from "./demand.js";
import type { Follower } from "./follower.js";
import type { FollowerStatuses } from "./follower-status.js";
import type { HistoryReads } from "./history-reads.js";
import type { Leader } from "./leader.js";
import type { Role } from "./role.js";
import type { Ticker } from "./ticker.js";

/** A process's two roles, what it knows as a follower, and what it reads as a leader though nobody watches. */
export interface Roles {
  readonly leader: Leader;
  readonly follower: Follower;
  readonly heard: FollowerStatuses;
  readonly historyReads: HistoryReads;
}

/** What a process tells of itself that this room does not know. */
export type Self = Pick<NodeInfo, "clients" | "port" | "release">;

/** This process among the others: it leads or it follows, as the cluster has it. The only place that asks which. */
export class RoleSwitch implements ClusterListener {
  private running = false;
  private readonly faults: Faults;
  private self: () => Self = () => ({ clients: 0 });

  constructor(
    private readonly cluster: Cluster,
    private readonly boards: BoardStore,
    private readonly demand: Demand,
    private readonly roles: Roles,
    private readonly ticker: Ticker,
    private readonly log: Logger,
  ) {
    this.faults = new Faults(log);
    demand.onFirstWanted((sport) => {
      if (this.running) this.current.wake(sport);
    });
  }

  /** What this process is now. A lease ends by the clock, so it is asked each time and not remembered. */
  get current(): Role {
    return this.cluster.leads ? this.roles.leader : this.roles.follower;
  }

  /** This process's name. */
  get process(): string {
    return this.cluster.id;
  }

  /** Whether it is the one that reads the upstream now. */
  get leads(): boolean {
    return this.cluster.leads;
  }

  /** Whether it is in touch with the others; null where there can be none. */
  get connection(): "ok" | "away" | null {
    if (!this.cluster.others) return null;
    return this.cluster.connected ? "ok" : "away";
  }

  /** Starts ticking, and joins the others, who are told what `self` says. Resolves when it is in touch with them. */
  start(self: () => Self): Promise<void> {
    this.self = self;
    this.running = true;
    this.ticker.start((lateMs) => this.onTick(lateMs));
    this.roles.historyReads.start(() => this.leads);
    return this.cluster.start(this);
  }

  /** Lets another process lead, once reads under way are over, within `ms`. Clients go on getting boards. */
  async stepDown(ms: number): Promise<void> {
    const { leader, historyReads } = this.roles;
    historyReads.stop();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    // What was paid for is shared; then another process reads.
    await Promise.race([leader.reader.idle(), limit]);
    clearTimeout(timer);
    leader.handOver();
    await this.cluster.stepDown();
  }

  /** Stops ticking; reads under way are the source's to end. */
  stop(): void {
    this.running = false;
    this.ticker.stop();
    this.roles.historyReads.stop();
    this.roles.leader.stop();
  }

  /** All processes. Rejects with an error fit for strangers when the others cannot be reached. */
  processes(): Promise<ProcessReport[]> {
    return this.cluster.processes();
  }

  nodeInfo(): NodeInfo {
    const { boards, demand } = this;
    const weights = demand.weightsHere();
    return {
      ...this.self(),
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

  elected(): void {
    this.log.info("This process reads the upstream now");
    this.roles.leader.takeOver(this.boards.all(), this.roles.heard.handOver());
  }

  epoch(epoch: string): void {
    this.boards.begin(epoch);
  }

  step(step: Step, status: LeaderStatus): boolean {
    const taken = this.boards.take(step);
    if (taken === "gap") return false;
    this.take(step.board.sport, status, taken === "taken");
    // An outage that this process told of may have ended at another one.
    if (!status.pollStatus.trouble) this.roles.leader.reader.heardRead(step.board);
    return true;
  }

  load(snapshot: Snapshot, status: LeaderStatus): void {
    this.take(snapshot.board.sport, { ...status, why: "kept" }, this.boards.load(snapshot));
  }

  hear(sport: string, status: LeaderStatus): void {
    this.take(sport, status, false);
  }

  lost(sport: string, position: BoardPosition): void {
    this.boards.lose(sport, position);
  }

  wants(process: string, weights: ReadonlyMap<string, number>): void {
    this.demand.hear(process, weights);
  }

  ask(sport: string, client: string | undefined): void {
    const { leader } = this.roles;
    if (this.current === leader) leader.answer(sport, client);
  }

  rewrite(sport: string): void {
    const { leader } = this.roles;
    if (this.current === leader) leader.rewrite(sport);
  }

  /** What another process wrote while, or before, this one leads is taken in and nobody is told. */
  private take(sport: string, status: LeaderStatus, isNew: boolean): void {
    const { follower, heard } = this.roles;
    heard.hear(sport, status);
    if (this.running && this.current === follower) follower.hear(sport, status, isNew);
  }

  /** Does what a tick is there for; a fault in it does not stop the ticks. */
  private onTick(lateMs: number): void {
    try {
      this.current.tick(Math.round(this.cluster.now() - lateMs));
      this.roles.leader.reader.billing.lookWhileInTheWay();
    } catch (thrown) {
      this.faults.note("A tick failed", thrown);
    }
  }
}
