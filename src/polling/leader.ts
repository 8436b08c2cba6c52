import type { Board } from "../board/model.js";
import type { PollStatus } from "./cluster.js";
import type { Demand } from "./demand.js";
import type { LeaderStatuses } from "./leader-status.js";
import type { Publisher } from "./publisher.js";
import type { Role } from "./role.js";
import type { Ticker } from "./ticker.js";
import type { Updates } from "./updates.js";
import type { UpstreamReader } from "./upstream-reader.js";

/** The one process that reads the upstream: each tick it reads what is due, and has the boards that somebody wants sent. */
export class Leader implements Role {
  /** What it has is the newest there is. */
  readonly mayBeBehind = false;
  private stopped = false;

  constructor(
    private readonly demand: Demand,
    readonly reader: UpstreamReader,
    private readonly publisher: Publisher,
    private readonly statuses: LeaderStatuses,
    private readonly updates: Updates,
    private readonly ticker: Ticker,
  ) {}

  status = (sport: string): PollStatus => this.statuses.of(sport);

  wanted(): string[] {
    return this.demand.wanted();
  }

  readForHistory(): string[] {
    return this.reader.schedule.forHistory;
  }

  tick(at: number): void {
    const { demand, reader } = this;
    const wanted = demand.wanted();
    if (wanted.length > 0 || demand.kept.length > 0) reader.plan(at);
    else reader.schedule.plan(at);
    for (const sport of wanted) void this.updates.attempt(sport, () => this.serve(sport, at));
    for (const sport of reader.schedule.forHistory) {
      if (!wanted.includes(sport)) void this.updates.attempt(sport, () => reader.read(sport, at));
    }
  }

  /** Somebody wants a sport that nobody held: it is read at once, and sent if that brought anything new. */
  wake(sport: string): void {
    const at = this.updates.clock.now();
    void this.updates.attempt(sport, async () => {
      // After a time in which nobody wanted anything, ticks follow the one who came: a full board, a tick, the next.
      if (this.demand.wanted().length === 1) this.ticker.restart();
      this.reader.schedule.plan(at);
      if (await this.reader.read(sport, at)) this.updates.send(sport, at, this.status);
    });
  }

  async ask(sport: string, client: string | undefined): Promise<void> {
    const at = this.updates.clock.now();
    this.demand.ask(sport, client);
    this.reader.schedule.plan(at);
    await this.reader.read(sport, at);
  }

  /** A follower asks for a sport: it is read, and everybody hears how it is. */
  answer(sport: string, client: string | undefined): void {
    void this.updates.attempt(sport, async () => {
      await this.ask(sport, client);
      this.publisher.tell(sport, "answer");
    });
  }

  /** A follower cannot have a sport's board: it is written once more, unless a newer one is on its way. */
  rewrite(sport: string): void {
    if (!this.reader.isReading(sport)) this.publisher.rewrite(sport);
  }

  /**
   * Goes on where the last leader stopped, which told what is `heard`: what it read is not read again before its time.
   * What it counted in an epoch that is over is written anew, as the first version of this one.
   */
  takeOver(boards: readonly Board[], heard: ReadonlyMap<string, PollStatus>): void {
    const { schedule } = this.reader;
    for (const { sport, fetchedAt } of boards) {
      const last = heard.get(sport);
      // What kept the last one from reading may have been its own: its network, its key.
      const recovery = last?.trouble?.error.recovery;
      const goesOn = last && recovery !== "retry" && recovery !== "person";
      if (goesOn) schedule.resume(sport, last.nextFetchAt - last.everyMs, last.everyMs);
      else schedule.resume(sport, fetchedAt);
    }
    for (const { sport } of boards) {
      void this.updates.attempt(sport, async () => {
        if (!this.reader.isReading(sport)) await this.publisher.renumber(sport);
      });
    }
  }

  /** Nobody is told of anything from here on; reads under way are the source's to end. */
  stop(): void {
    this.stopped = true;
    this.reader.stop();
    this.updates.stop();
  }

  /** Tells the others all that the one of them needs to know that leads next, the tick included. */
  handOver(): void {
    for (const sport of this.demand.wanted()) {
      void this.updates.attempt(sport, () => this.publisher.tell(sport, "answer"));
    }
  }

  private async serve(sport: string, at: number): Promise<void> {
    if (this.reader.isReading(sport)) {
      this.sendToAll(sport, at);
      return;
    }
    const wait = setTimeout(
      () => void this.updates.attempt(sport, () => this.sendToAll(sport, at)),
      this.updates.patienceMs,
    );
    const isNew = await this.reader.read(sport, at).finally(() => clearTimeout(wait));
    if (this.stopped) return;
    // A new board has gone to the other processes already.
    if (isNew) this.updates.send(sport, at, this.status);
    else this.sendToAll(sport, at);
  }

  private sendToAll(sport: string, at: number): void {
    this.publisher.tell(sport, "send");
    this.updates.send(sport, at, this.status);
  }
}
