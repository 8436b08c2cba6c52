import type { Step } from "../board/store.js";
import { logError } from "../errors.js";
import { Faults } from "../faults.js";
import { SourceError } from "../source-error.js";
import type { Cluster, LeaderStatus, Trouble } from "./cluster.js";
import type { Demand } from "./demand.js";
import { LeaderHealth } from "./leader-health.js";
import type { PollStatuses } from "./poll-status.js";
import { Ticker } from "./ticker.js";
import { type ReadListener, UpstreamReader, type UpstreamReaderParts } from "./upstream-reader.js";

/** How long a tick waits for its read, or for the reader's word, before the last board goes out in its place, in ms (at most half a tick). */
export const READ_WAIT_MS = 1000;

/** A reader that is asked for a board must answer within this time (ms), or there is none. */
const ANSWER_MS = 5000;

/** What the poller works with. `tickMs` is the time between two ticks. */
export interface PollerParts extends UpstreamReaderParts {
  readonly now?: () => number;
  readonly demand: Demand;
  readonly cluster: Cluster;
  readonly pollStatuses: PollStatuses;
  readonly tickMs: number;
}

/** What the poller tells: a sport's board is to be sent (read anew or not; resolves when it is), or a read of it has failed. */
export interface PollListener {
  board(sport: string): Promise<void>;
  failure(sport: string, error: SourceError): void;
}

/**
 * Each tick, has the boards that somebody wants sent. The one process that may reads them first; the others send what
 * it tells them, and what they have when it falls silent. A tick is never late because the one before it was.
 */
export class Poller implements ReadListener {
  private readonly reader: UpstreamReader;
  private readonly beat: Ticker;
  /** Questions to the process that reads, by sport, and how each is answered. */
  private readonly asked = new Map<string, { readonly answer: Promise<void>; readonly done: () => void }>();
  /** When a sport's board was last sent, in ms on the monotonic clock. */
  private readonly sentAt = new Map<string, number>();
  /** Sports whose last step did not reach every process: said once. */
  private readonly unshared = new Set<string>();
  /** Sports whose last try to send them ended in a fault of ours. */
  private readonly struck = new Map<string, Trouble>();
  private readonly faults: Faults;
  private readonly listeners: PollListener[] = [];
  private readonly health = new LeaderHealth();
  private readonly now: () => number;
  private stopped = true;

  constructor(private readonly parts: PollerParts) {
    this.now = parts.now ?? Date.now;
    this.faults = new Faults(parts.log);
    this.reader = new UpstreamReader(parts, this);
    this.beat = new Ticker(parts.tickMs, (lateMs) => this.onBeat(lateMs));
    parts.demand.onFirstWanted((sport) => {
      if (this.stopped) return;
      if (parts.cluster.leads) void this.attempt(sport, () => this.serveFirst(sport));
      else parts.cluster.want();
    });
  }

  /** Tells `listener` of every board and failure from here on. */
  listen(listener: PollListener): void {
    this.listeners.push(listener);
  }

  /** Starts ticking. */
  start(): void {
    this.stopped = false;
    this.beat.start();
  }

  /** Stops ticking; reads under way are the source's to end. */
  stop(): void {
    this.stopped = true;
    this.reader.stop();
    this.beat.stop();
  }

  /** Resolves when the reads under way are over. */
  idle(): Promise<void> {
    return this.reader.idle();
  }

  /** Tells the others all that the one of them needs to know that reads next, the beat included. */
  handOver(): void {
    for (const sport of this.parts.demand.wanted()) {
      void this.attempt(sport, () => this.tell(sport, "answer"));
    }
  }

  /** The fault that keeps a sport's board from being sent here; undefined while there is none. */
  fault(sport: string): Trouble | undefined {
    return this.struck.get(sport);
  }

  /** Whether a read of a sport is under way here. */
  isReading(sport: string): boolean {
    return this.reader.isReading(sport);
  }

  /** Reads a sport here, if it is its turn. */
  read(sport: string, at: number): Promise<void> {
    return this.reader.read(sport, at);
  }

  /** One tick, due at `at` (ms since the epoch): every wanted sport is read if it is due, and its board sent. */
  tick(at: number): void {
    const { cluster, demand } = this.parts;
    if (cluster.leads) {
      this.plan(at);
      for (const sport of demand.wanted()) void this.attempt(sport, () => this.serve(sport, at));
    } else {
      for (const sport of demand.wantedHere()) this.follow(sport, at);
      // Whose claims count is the reader's to reckon.
      for (const sport of demand.weightsHere().keys()) demand.settle(sport);
    }
  }

  /** Reckons anew how often each sport is read; part of each tick. */
  plan(at: number): void {
    const { schedule, demand } = this.parts;
    schedule.plan(at);
    if (demand.wanted().length > 0) this.reader.lookAt(at);
  }

  /**
   * Reads a sport for a client that asks once, or has the process read it that may. Resolves when that is done, and
   * at once where it is not the sport's turn.
   */
  ask(sport: string, client: string | undefined): Promise<void> {
    const { cluster, demand, schedule, pollStatuses, boards } = this.parts;
    const now = this.now();
    if (cluster.leads) {
      demand.ask(sport, client);
      schedule.plan(now);
      return this.read(sport, now);
    }
    const known = boards.get(sport) !== undefined && pollStatuses.of(sport).nextFetchAt > now;
    return !cluster.connected || known ? Promise.resolve() : this.askReader(sport, client);
  }

  /** Another process asks for a sport: it is read, and everybody hears how it is. */
  async askedByOther(sport: string, client: string | undefined): Promise<void> {
    if (!this.parts.cluster.leads) return;
    await this.attempt(sport, async () => {
      await this.ask(sport, client);
      this.tell(sport, "answer");
    });
  }

  /** The reader's word on a sport has come; `isNew`: and a board with it. */
  heard(sport: string, { why, phaseMs, pollStatus }: LeaderStatus, isNew: boolean): void {
    if (this.stopped || this.parts.cluster.leads) return;
    this.asked.get(sport)?.done();
    // A kept word's beat was that of another time.
    if (why !== "kept") this.beat.join(phaseMs);
    if (why === "failure" && pollStatus.trouble) this.tellOfFailure(sport, pollStatus.trouble.error);
    if (why === "send" || isNew) this.send(sport, this.now());
  }

  /** A board of an epoch that is over becomes the first of this one. */
  renumber(sport: string): Promise<void> {
    return this.attempt(sport, () => this.reader.renumber(sport));
  }

  /** Another process cannot have a board of this epoch: it is written once more, unless a newer one is on its way. */
  rewrite(sport: string): void {
    const { boards, cluster } = this.parts;
    const board = boards.get(sport);
    if (!cluster.leads || board?.epoch !== boards.epoch || this.reader.isReading(sport)) return;
    cluster.rewrite(board, this.word(sport, "kept"));
  }

  async share(step: Step): Promise<boolean> {
    const { boards, cluster, log } = this.parts;
    const { sport } = step.board;
    this.health.worked();
    cluster.unwell(undefined);
    const level = this.unshared.has(sport) ? "debug" : "warn";
    this.unshared.add(sport);
    try {
      if ((await cluster.publish(step, this.word(sport, "send"))) && boards.take(step)) {
        this.unshared.delete(sport);
        return true;
      }
      log[level](`A reading of ${sport} came to nothing: another process reads now`, { sport });
    } catch (error) {
      log[level](`A reading of ${sport} could not be shared yet: it is tried again`, {
        sport,
        ...logError(error),
      });
    }
    return false;
  }

  failure(sport: string, error: SourceError): void {
    this.tellOfFailure(sport, error);
    this.tell(sport, "failure");
    if (this.parts.cluster.leads && this.health.failed(error)) this.parts.cluster.unwell(error);
  }

  private async serve(sport: string, at: number): Promise<void> {
    if (this.reader.isReading(sport)) {
      this.sendToAll(sport, at);
      return;
    }
    const before = this.parts.boards.get(sport);
    const send = () => void this.attempt(sport, () => this.sendToAll(sport, at));
    const wait = setTimeout(send, this.patienceMs);
    await this.reader.read(sport, at);
    clearTimeout(wait);
    if (this.stopped) return;
    // A new board has gone to the other processes already.
    if (this.parts.boards.get(sport) !== before) this.send(sport, at);
    else this.sendToAll(sport, at);
  }

  /** Somebody wants a sport that nobody held: it is read at once, and sent if that brought anything new. */
  private async serveFirst(sport: string): Promise<void> {
    const before = this.parts.boards.get(sport);
    const at = this.now();
    // After a time in which nobody wanted anything, ticks follow the one who came: a full board, a tick, the next.
    if (this.parts.demand.wanted().length === 1) this.beat.start();
    this.parts.schedule.plan(at);
    await this.reader.read(sport, at);
    if (!this.stopped && this.parts.boards.get(sport) !== before) this.send(sport, at);
  }

  /** Has a tick send what is here, unless the reader's word comes in time. */
  private follow(sport: string, at: number): void {
    // The reader's word may come a little before this process's own beat.
    const silentSince = performance.now() - this.parts.tickMs / 4;
    setTimeout(() => {
      // Also where this process has become the one that reads meanwhile: its own first tick is the next.
      if (this.stopped) return;
      if ((this.sentAt.get(sport) ?? Number.NEGATIVE_INFINITY) < silentSince) this.send(sport, at);
    }, this.patienceMs).unref();
  }

  private get patienceMs(): number {
    return Math.min(READ_WAIT_MS, this.parts.tickMs / 2);
  }

  private askReader(sport: string, client: string | undefined): Promise<void> {
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
    this.parts.cluster.ask(sport, client);
    return answer;
  }

  private word(sport: string, why: LeaderStatus["why"]): LeaderStatus {
    const { pollStatuses, credits } = this.parts;
    return {
      pollStatus: pollStatuses.of(sport),
      quota: credits.quota,
      phaseMs: this.beat.phaseMs,
      why,
    };
  }

  private tell(sport: string, why: LeaderStatus["why"]): void {
    if (this.parts.cluster.leads) this.parts.cluster.tell(sport, this.word(sport, why));
  }

  private tellOfFailure(sport: string, error: SourceError): void {
    for (const listener of this.listeners) {
      try {
        listener.failure(sport, error);
      } catch (thrown) {
        this.faults.note(`Clients could not be told of a failure of ${sport}`, thrown);
      }
    }
  }

  /** Does what a beat is there for; a fault in it does not stop the beats. */
  private onBeat(lateMs: number): void {
    try {
      this.tick(Math.round(this.now() - lateMs));
    } catch (thrown) {
      this.faults.note("A tick failed", thrown);
    }
  }

  /**
   * Does something for one sport. A fault in it ends that and nothing else: the sport is stale until a board of it has
   * been sent, which each tick tries, and no other sport notices.
   */
  private async attempt(sport: string, work: () => unknown): Promise<void> {
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
      this.struck.set(sport, { error, until: this.now() + this.parts.tickMs });
      this.tellOfFailure(sport, error);
    }
  }

  private sendToAll(sport: string, at: number): void {
    this.tell(sport, "send");
    this.send(sport, at);
  }

  private send(sport: string, at: number): void {
    void this.attempt(sport, () => this.deliver(sport, at));
  }

  private async deliver(sport: string, at: number): Promise<void> {
    const board = this.parts.boards.get(sport);
    if (!board) return;
    const began = performance.now();
    this.sentAt.set(sport, began);
    const told = {
      sport,
      version: board.version,
      ageMs: this.now() - board.fetchedAt,
      readMs: Math.round(this.now() - at),
    };
    await Promise.all(this.listeners.map((listener) => listener.board(sport)));
    if (this.struck.delete(sport)) this.parts.log.info(`Sending ${sport} works again`);
    const sendMs = Math.round(performance.now() - began);
    this.parts.log.info(`Odds update for ${sport}: ${board.events.length} games`, { ...told, sendMs });
  }
}
