import type { BoardStore } from "../board/store.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import { SourceError } from "../source-error.js";
import { type BoardView, READ_WAIT_MS, viewOf } from "./board-view.js";
import type { Clock } from "./clock.js";
import type { PollStatus, Trouble } from "./cluster.js";
import type { Demand } from "./demand.js";

/** What may be heard of the boards. */
export interface UpdatesListener {
  /** A board to send to everybody who subscribed to its sport, changed or not; resolves when it is sent. */
  updated(view: BoardView): Promise<void>;
  /** A read failed: everybody who subscribed to the sport should know. */
  failed(sport: string, error: SourceError): void;
}

/** Tells whoever listens of every board that is due, and keeps what goes wrong with one sport from the others. */
export class Updates {
  private readonly listeners: UpdatesListener[] = [];
  /** When a sport's board was last sent, in ms on the monotonic clock. */
  private readonly sentAt = new Map<string, number>();
  /** Sports whose last try to send them ended in a fault of ours. */
  private readonly struck = new Map<string, Trouble>();
  private readonly faults: Faults;
  private stopped = false;

  /** `tickMs` is the time between two ticks. */
  constructor(
    private readonly boards: BoardStore,
    readonly tickMs: number,
    readonly clock: Clock,
    private readonly log: Logger,
    private readonly metrics: Pick<Metrics, "sent">,
    private readonly demand: Pick<Demand, "wantedSince">,
  ) {
    this.faults = new Faults(log);
  }

  /** How long a tick waits for news before it sends what there is, in ms. */
  get patienceMs(): number {
    return Math.min(READ_WAIT_MS, this.tickMs / 2);
  }

  /** Tells `listener` of every board and failure from here on. */
  listen(listener: UpdatesListener): void {
    this.listeners.push(listener);
  }

  /** Nobody is told of anything from here on. */
  stop(): void {
    this.stopped = true;
  }

  /** The latest board of a sport as `polling` has it; undefined before the first. */
  view(sport: string, polling: PollStatus): BoardView | undefined {
    const board = this.boards.get(sport);
    if (!board) return undefined;
    const { clock } = this;
    const since = this.demand.wantedSince(sport);
    const wantedSince = since === undefined ? undefined : clock.wallOf(since);
    return viewOf(board, polling, this.trouble(sport, polling), wantedSince, clock.now(), this.tickMs);
  }

  /** What stands in the way of a sport: of its reads, or of sending it. Undefined while nothing does. */
  trouble(sport: string, polling: PollStatus): Trouble | undefined {
    return polling.trouble ?? this.struck.get(sport);
  }

  /** Whether a sport's board was sent since a moment (ms on the monotonic clock). */
  hasSentSince(sport: string, moment: number): boolean {
    return (this.sentAt.get(sport) ?? Number.NEGATIVE_INFINITY) >= moment;
  }

  /** Has the board of a sport, as `status` gives it then, sent for the tick or the read that was due at `at` (ms since the epoch). */
  send(sport: string, at: number, status: (sport: string) => PollStatus): void {
    void this.attempt(sport, () => this.deliver(sport, at, status));
  }

  /** Tells everybody that a read of a sport failed. */
  fail(sport: string, error: SourceError): void {
    for (const listener of this.listeners) {
      try {
        listener.failed(sport, error);
      } catch (thrown) {
        this.faults.note(`Clients could not be told of a failure of ${sport}`, thrown);
      }
    }
  }

  /**
   * Does something for one sport. A fault in it ends that and nothing else: the sport is stale until a board of it has
   * been sent, which each tick tries, and no other sport notices.
   */
  async attempt(sport: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.faults.note(`The board of ${sport} could not be served`, thrown);
      if (this.struck.has(sport)) return;
      const error = new SourceError(
        "INTERNAL",
        "The board cannot be sent now: the server has a fault.",
        "retry",
      );
      this.struck.set(sport, { error, until: this.clock.now() + this.tickMs });
      this.fail(sport, error);
    }
  }

  private async deliver(sport: string, at: number, status: (sport: string) => PollStatus): Promise<void> {
    const view = this.stopped ? undefined : this.view(sport, status(sport));
    if (!view) return;
    const began = performance.now();
    this.sentAt.set(sport, began);
    const now = this.clock.now();
    const told = {
      sport,
      version: view.version,
      status: view.status,
      ...(view.reason === null ? {} : { reason: view.reason }),
      ageMs: now - view.fetchedAt,
      readMs: Math.round(now - at),
    };
    await Promise.all(this.listeners.map((listener) => listener.updated(view)));
    if (this.struck.delete(sport)) this.log.info(`Sending ${sport} works again`);
    const sendMs = performance.now() - began;
    this.metrics.sent(sendMs);
    this.log.info(`Odds update for ${sport}: ${view.events.length} games`, {
      ...told,
      sendMs: Math.round(sendMs),
    });
  }
}
