import type { Sport, Status } from "../board/model.js";
import type { BoardStore, Delta } from "../board/store.js";
import type { ViewFilter } from "../board/view-filter.js";
import type { SourceName } from "../config.js";
import type { AppError } from "../errors.js";
import type { SourceError } from "../source-error.js";
import type { Billing } from "./billing.js";
import { type BoardView, READ_WAIT_MS } from "./board-view.js";
import type { SportsCatalog } from "./catalog.js";
import type { ClosingReads } from "./closing-reads.js";
import type { ProcessReport, Trouble } from "./cluster.js";
import { type CreditReport, creditReport } from "./credit-report.js";
import type { Demand } from "./demand.js";
import { notYet } from "./leader-status.js";
import type { RoleSwitch } from "./role-switch.js";
import type { Updates, UpdatesListener } from "./updates.js";

/** How a sport is, in short: `starting` has no board yet. Ages in ms, times in ms since the epoch. */
export interface SportInShort {
  readonly sport: string;
  readonly status: Status | "starting";
  readonly reason: string | null;
  readonly ageMs: number | null;
  readonly nextFetchAt: number;
  readonly everyMs: number;
  /** What stands in the way, where something does. */
  readonly error: SourceError | undefined;
}

/** The waist of the house: all that a transport may know of odds. */
export class OddsFeed {
  constructor(
    private readonly role: RoleSwitch,
    private readonly catalog: SportsCatalog,
    private readonly boards: BoardStore,
    private readonly demand: Demand,
    private readonly updates: Updates,
    private readonly billing: Billing,
    private readonly closing: Pick<ClosingReads, "report">,
  ) {}

  /** The time by the clock that all processes go by, in ms since the epoch. */
  now(): number {
    return this.updates.clock.now();
  }

  /** The time between two updates of a sport, in ms. */
  get tickMs(): number {
    return this.updates.tickMs;
  }

  /** Where prices come from. */
  get source(): SourceName {
    return this.boards.source;
  }

  /** What versions of a sport's board are counted in; see `Board.epoch`. */
  epoch(sport: string): string {
    return this.boards.get(sport)?.epoch ?? this.boards.epoch;
  }

  /** Whether this process is in touch with the others; null where there can be none. */
  get connection(): "ok" | "away" | null {
    return this.role.connection;
  }

  /** Whether this process is the one that reads the upstream. */
  get leads(): boolean {
    return this.role.leads;
  }

  /** Whether another process may be ahead of this one, for a moment. */
  get mayBeBehind(): boolean {
    return this.role.current.mayBeBehind;
  }

  /** All processes that serve these boards. Rejects with `AppError` when the others cannot be reached. */
  processes(): Promise<ProcessReport[]> {
    return this.role.processes();
  }

  /** The sports that clients may have. Rejects with `SourceError` while the list cannot be read. */
  sports(): Promise<Sport[]> {
    return this.catalog.list();
  }

  /** Why a client may not have this sport (`UNKNOWN_SPORT`, `SPORT_NOT_ALLOWED`); undefined when it may. */
  refusal(sport: string): AppError | undefined {
    return this.catalog.refusal(sport, this.boards.get(sport) !== undefined);
  }

  /** Holds a sport for a client (its address): it is read as often as the credits allow until the returned function is called. The first to hold it wakes the poller. */
  want(sport: string, client?: string): () => void {
    return this.demand.add(sport, client);
  }

  /** Tells `listener` of every board and failure from here on. */
  listen(listener: UpdatesListener): void {
    this.updates.listen(listener);
  }

  /** The latest board of a sport, with its status now; undefined before the first. */
  current(sport: string): BoardView | undefined {
    return this.updates.view(sport, this.role.current.status(sport));
  }

  /** When the upstream is read next for a sport, if somebody wants it then; ms since the epoch. */
  nextAt(sport: string): number {
    return this.role.current.status(sport).nextFetchAt;
  }

  /** The latest version of a sport's board; undefined before the first. */
  version(sport: string): number | undefined {
    return this.boards.get(sport)?.version;
  }

  /** What somebody who has this version, of a `view` or of all, missed; undefined when its steps are no longer known. See `BoardStore.since`. */
  since(sport: string, version: number, view?: ViewFilter): Delta | undefined {
    return this.boards.since(sport, version, view);
  }

  /** Whether there is such a sport for sure: the list has it, or there is a board of it. */
  isProven(sport: string): boolean {
    return this.catalog.get(sport) !== undefined || this.boards.get(sport) !== undefined;
  }

  /** The sports that are being read, here or by the process that reads for all. */
  wanted(): string[] {
    return this.role.current.wanted();
  }

  /** How each sport is that is being read. */
  sportsInShort(): SportInShort[] {
    return this.wanted().map((sport) => {
      const view = this.current(sport);
      const error = this.trouble(sport)?.error;
      const { nextFetchAt, everyMs } = this.role.current.status(sport);
      return {
        sport,
        status: view?.status ?? (error ? "stale" : "starting"),
        reason: view ? view.reason : (error?.reason ?? null),
        ageMs: view ? this.now() - view.fetchedAt : null,
        nextFetchAt,
        everyMs,
        error,
      };
    });
  }

  /**
   * What keeps the upstream from being read at all: its last word on the list of sports, or on one that is wanted,
   * where that concerns all. Undefined while nothing does.
   */
  upstreamTrouble(): Trouble | undefined {
    for (const sport of this.wanted()) {
      const { trouble } = this.role.current.status(sport);
      const { recovery, code } = trouble?.error ?? {};
      if (code !== "CLUSTER_UNAVAILABLE" && (recovery === "person" || recovery === "slow-down"))
        return trouble;
    }
    return this.catalog.trouble;
  }

  /** What is left, what was spent, and when each sport is read next that is being read. */
  creditReport(): CreditReport {
    const costOf = (sport: string) => {
      const { everyMs, nextFetchAt, trouble } = this.role.current.status(sport);
      const cost = this.billing.cost(sport);
      return { everyMs: Math.round(everyMs), nextFetchAt, cost, reason: trouble?.error.reason ?? null };
    };
    const { billing, role } = this;
    const sports = new Set([...this.wanted(), ...this.role.current.readForHistory()]);
    return creditReport(
      billing.credits,
      role.process,
      this.now(),
      [...sports],
      costOf,
      this.closing.report(),
    );
  }

  /** Why a sport is not read as planned, and when it is tried again (ms since the epoch); undefined while all is well. */
  trouble(sport: string): Trouble | undefined {
    return this.updates.trouble(sport, this.role.current.status(sport));
  }

  /**
   * A board for somebody who asks once: read through the same cache as the poller's. A known board is not held up by
   * a slow upstream. Rejects with the refusal, or the `SourceError` where there is no board at all.
   */
  async read(sport: string, client?: string): Promise<BoardView> {
    const refusal = this.refusal(sport);
    if (refusal) throw refusal;
    const reading = this.role.current.ask(sport, client);
    await (this.boards.get(sport) ? atMost(reading, READ_WAIT_MS) : reading);
    const view = this.current(sport);
    if (view) return view;
    throw this.trouble(sport)?.error ?? notYet();
  }
}

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
