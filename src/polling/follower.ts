import type { BoardStore } from "../board/store.js";
import type { Cluster, LeaderStatus, PollStatus } from "./cluster.js";
import type { Demand } from "./demand.js";
import type { FollowerStatuses } from "./follower-status.js";
import type { Role } from "./role.js";
import type { Ticker } from "./ticker.js";
import type { Updates } from "./updates.js";

/** A leader that is asked for a board must answer within this time (ms), or there is none. */
const ANSWER_MS = 5000;

/** A process while another one leads: sends what the leader tells it, and what it has when the leader falls silent. */
export class Follower implements Role {
  /** The leader may have written what is not here yet. */
  readonly mayBeBehind = true;
  /** Questions to the leader, by sport, and how each is answered. */
  private readonly asked = new Map<string, { readonly answer: Promise<void>; readonly done: () => void }>();

  constructor(
    private readonly cluster: Cluster,
    private readonly boards: BoardStore,
    private readonly demand: Demand,
    private readonly statuses: FollowerStatuses,
    private readonly updates: Updates,
    private readonly ticker: Ticker,
  ) {}

  status = (sport: string): PollStatus => this.statuses.of(sport);

  wanted(): string[] {
    return [...new Set([...this.demand.wanted(), ...this.statuses.readElsewhere()])];
  }

  readForHistory(): string[] {
    return [];
  }

  tick(at: number): void {
    for (const sport of this.demand.wantedHere()) this.sendUnlessHeard(sport, at);
    // Whose claims count is the leader's to reckon.
    for (const sport of this.demand.weightsHere().keys()) this.demand.settle(sport);
  }

  wake(): void {
    this.cluster.others?.want();
  }

  async ask(sport: string, client: string | undefined): Promise<void> {
    const now = this.updates.clock.now();
    const isKnown = this.boards.get(sport) !== undefined && this.status(sport).nextFetchAt > now;
    if (this.cluster.connected && !isKnown) await this.askLeader(sport, client);
  }

  /** The leader's message on a sport has come; `isNew`: and a board with it. */
  hear(sport: string, { why, phaseMs, pollStatus }: LeaderStatus, isNew: boolean): void {
    this.asked.get(sport)?.done();
    // What is kept tells of the ticks of another time.
    if (why !== "kept") this.ticker.join(phaseMs);
    if (why === "failure" && pollStatus.trouble) this.updates.fail(sport, pollStatus.trouble.error);
    if (why === "send" || isNew) this.updates.send(sport, this.updates.clock.now(), this.status);
  }

  /** Has a tick send what is here, unless the leader's message comes in time. */
  private sendUnlessHeard(sport: string, at: number): void {
    // The leader's message may come a little before this process's own tick.
    const silentSince = performance.now() - this.updates.tickMs / 4;
    setTimeout(() => {
      // Also where this process has come to lead meanwhile: its own first tick is the next.
      if (!this.updates.hasSentSince(sport, silentSince)) this.updates.send(sport, at, this.status);
    }, this.updates.patienceMs).unref();
  }

  private askLeader(sport: string, client: string | undefined): Promise<void> {
    const known = this.asked.get(sport);
    if (known) return known.answer;
    let done = () => {};
    const answer = new Promise<void>((resolve) => {
      const timer = setTimeout(() => done(), ANSWER_MS).unref();
      done = () => {
        clearTimeout(timer);
        this.asked.delete(sport);
        resolve();
      };
    });
    this.asked.set(sport, { answer, done });
    this.cluster.others?.ask(sport, client);
    return answer;
  }
}
