import type { Board, SourceName, Sport, Status } from "../board/model.js";
import type { BoardStore, Delta } from "../board/store.js";
import type { AppError } from "../errors.js";
import type { SourceError } from "../source-error.js";
import type { SportsCatalog } from "./catalog.js";
import type { Cluster, ProcessReport, Trouble } from "./cluster.js";
import { type CreditReport, creditReport } from "./credit-report.js";
import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import { notYet, type PollStatuses } from "./poll-status.js";
import { type Poller, READ_WAIT_MS } from "./poller.js";

/** A board as a client sees it at one moment (`seenAt`, ms since the epoch), and how far to trust its age then. */
export interface BoardView extends Board {
  readonly seenAt: number;
  /** When the upstream is read next for this sport, if somebody wants it then; ms since the epoch. */
  readonly nextFetchAt: number;
  readonly status: Status;
  /** Why the status is not `live`; null while it is. */
  readonly reason: string | null;
}

/** What the feed works with; `tickMs` is the time between two ticks. */
export interface FeedParts {
  readonly sourceName: SourceName;
  readonly catalog: SportsCatalog;
  readonly boards: BoardStore;
  readonly demand: Demand;
  readonly cluster: Cluster;
  readonly pollStatuses: PollStatuses;
  readonly poller: Poller;
  readonly credits: Credits;
  /** What a read of a sport costs, in credits. */
  readonly cost: (sport: string) => number;
  readonly tickMs: number;
  readonly now?: () => number;
}

/** What a door may listen for. */
export interface FeedListener {
  /** A board to send to everybody who subscribed to its sport, changed or not; resolves when it is sent. */
  board(view: BoardView): Promise<void>;
  /** A read failed: everybody who subscribed to the sport should know. */
  failure(sport: string, error: SourceError): void;
}

/** The waist of the house: all that a door may know of odds. */
export class OddsFeed {
  /** The time by the clock that all processes go by, in ms since the epoch. */
  readonly now: () => number;

  constructor(private readonly parts: FeedParts) {
    this.now = parts.now ?? Date.now;
  }

  /** The time between two updates of a sport, in ms. */
  get tickMs(): number {
    return this.parts.tickMs;
  }

  /** Where prices come from. */
  get source(): SourceName {
    return this.parts.sourceName;
  }

  /** What versions of a sport's board are counted in; see `Board.epoch`. */
  epoch(sport: string): string {
    return this.parts.boards.get(sport)?.epoch ?? this.parts.boards.epoch;
  }

  /** Whether this process is in touch with the others, where there are any. */
  get connected(): boolean {
    return this.parts.cluster.connected;
  }

  /** Whether another process reads, and this one may be a moment behind it. */
  get follows(): boolean {
    return !this.parts.cluster.leads;
  }

  /** All processes that serve these boards. Rejects with `AppError` when the others cannot be reached. */
  processes(): Promise<ProcessReport[]> {
    return this.parts.cluster.processes();
  }

  /** The sports that clients may have. Rejects with `SourceError` while the list cannot be read. */
  sports(): Promise<Sport[]> {
    return this.parts.catalog.list();
  }

  /** Why a client may not have this sport (`UNKNOWN_SPORT`, `SPORT_NOT_ALLOWED`); undefined when it may. */
  refusal(sport: string): AppError | undefined {
    return this.parts.catalog.refusal(sport, this.parts.boards.get(sport) !== undefined);
  }

  /** Holds a sport for a client (its address): it is read as often as the credits allow until the returned function is called. The first to hold it wakes the poller. */
  want(sport: string, client?: string): () => void {
    return this.parts.demand.add(sport, client);
  }

  /** Tells `listener` of every board and failure from here on. */
  listen(listener: FeedListener): void {
    this.parts.poller.listen({
      board: async (sport) => {
        const view = this.current(sport);
        if (view) await listener.board(view);
      },
      failure: listener.failure.bind(listener),
    });
  }

  /** The latest board of a sport, with its status now; undefined before the first. */
  current(sport: string): BoardView | undefined {
    const board = this.parts.boards.get(sport);
    if (!board) return undefined;
    return {
      ...board,
      // Processes know their common clock to a few ms: a board is not of the future.
      seenAt: Math.max(this.now(), board.fetchedAt),
      nextFetchAt: this.nextAt(sport),
      ...this.statusOf(board),
    };
  }

  /** When the upstream is read next for a sport, if somebody wants it then; ms since the epoch. */
  nextAt(sport: string): number {
    return this.parts.pollStatuses.of(sport).nextFetchAt;
  }

  /** The latest version of a sport's board; undefined before the first. */
  version(sport: string): number | undefined {
    return this.parts.boards.get(sport)?.version;
  }

  /** What somebody who has this version missed; undefined when its steps are no longer known. See `BoardStore.since`. */
  since(sport: string, version: number): Delta | undefined {
    return this.parts.boards.since(sport, version);
  }

  /** The sports that are being read, here or by the process that reads for all. */
  wanted(): string[] {
    const { cluster, demand, pollStatuses } = this.parts;
    const wanted = demand.wanted();
    return cluster.leads ? wanted : [...new Set([...wanted, ...pollStatuses.readElsewhere()])];
  }

  /** What is left, what was spent, and when each sport is read next that is being read. */
  creditReport(): CreditReport {
    const { credits, pollStatuses, catalog } = this.parts;
    return creditReport(credits, this.now(), this.wanted(), (sport) => {
      const { everyMs, nextFetchAt } = pollStatuses.of(sport);
      return {
        everyMs: Math.round(everyMs),
        nextFetchAt,
        cost: catalog.get(sport) ? this.parts.cost(sport) : 0,
      };
    });
  }

  /** Why a sport is not read as planned, and when it is tried again (ms since the epoch); undefined while all is well. */
  trouble(sport: string): Trouble | undefined {
    return this.parts.pollStatuses.of(sport).trouble ?? this.parts.poller.fault(sport);
  }

  /**
   * A board for somebody who asks once: read through the same cache as the poller's. A known board is not held up by
   * a slow upstream. Rejects with the refusal, or the `SourceError` where there is no board at all.
   */
  async read(sport: string, client?: string): Promise<BoardView> {
    const refusal = this.refusal(sport);
    if (refusal) throw refusal;
    const reading = this.parts.poller.ask(sport, client);
    await (this.parts.boards.get(sport) ? atMost(reading, READ_WAIT_MS) : reading);
    const view = this.current(sport);
    if (view) return view;
    throw this.trouble(sport)?.error ?? notYet();
  }

  private statusOf(board: Board): { status: Status; reason: string | null } {
    const { everyMs } = this.parts.pollStatuses.of(board.sport);
    const trouble = this.trouble(board.sport);
    if (trouble) {
      const { recovery, reason } = trouble.error;
      const stopped = recovery === "person" || recovery === "remember";
      return { status: stopped ? "paused" : "stale", reason };
    }
    const patience = everyMs + 2 * this.parts.tickMs + READ_WAIT_MS;
    const overdue = this.now() - board.fetchedAt > patience;
    return overdue ? { status: "stale", reason: "OVERDUE" } : { status: "live", reason: null };
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
