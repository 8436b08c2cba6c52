import type { Credits } from "./credits.js";
import type { Demand } from "./demand.js";
import { paceOf, spendingRate, type Tier } from "./pace.js";

const HOUR_MS = 3_600_000;
/** Two ticks' planned times differ from the tick by the grain and the slewing of the wall clock: less than this, in ms. */
const CLOCK_GRAIN_MS = 5;
/** So many sports may be read at once that nobody wanted before; further ones as fast as credits come in. */
const FIRST_READS = 10;

/** What the schedule goes by. `floorMs`: no sport is read sooner than this after its last read (the tick and the TTL). */
export interface ScheduleParts {
  readonly demand: Demand;
  readonly credits: Credits;
  /** `off`: every sport is read as often as the floor allows. */
  readonly pacing: "auto" | "off";
  readonly tickMs: number;
  readonly floorMs: number;
  /** What a read of a sport costs, in credits. */
  readonly cost: (sport: string) => number;
  /** How pressing a sport is at a time (ms since the epoch). */
  readonly tier: (sport: string, at: number) => Tier;
}

/** When each sport is read next: as often as the credits allow. Times are ms since the epoch. */
export class Schedule {
  private readonly due = new Map<string, number>();
  private intervals: ReadonlyMap<string, number> = new Map();
  /** When the credits for all first reads so far will have come in. */
  private firstReadsPaidAt = 0;

  constructor(private readonly parts: ScheduleParts) {}

  /** Reckons anew how often each claimed sport is read; settles what nobody wants and would be due again. */
  plan(at: number): void {
    const { demand, credits, pacing, floorMs, cost, tier } = this.parts;
    const wanted = new Set(demand.wanted());
    for (const sport of demand.voices().keys()) {
      if (wanted.has(sport) || !this.due.has(sport) || this.nextAt(sport, at) > at) continue;
      demand.settle(sport);
      this.due.delete(sport);
    }
    const claimed = [...demand.voices()].map(([sport, voices]) => ({
      sport,
      voices,
      cost: cost(sport),
      tier: tier(sport, at),
    }));
    const account = pacing === "auto" ? credits.account : null;
    this.intervals = paceOf(claimed, account, at, floorMs);
    const allowance = account ? spendingRate(account, at).allowance : Number.POSITIVE_INFINITY;
    for (const { sport, cost: needed } of claimed) {
      if (this.due.has(sport) || allowance >= needed) continue;
      // Nothing is over for a read out of turn. Turns are the clock's, so that a restart gains none.
      const interval = this.interval(sport);
      this.due.set(sport, Math.floor(at / interval) * interval);
    }
  }

  /** Whether a sport may be read now. */
  isDue(sport: string, at: number): boolean {
    return this.nextAt(sport, at) - CLOCK_GRAIN_MS <= at;
  }

  /** When a sport is read next, if somebody wants it then; at once when it was not read of late. */
  nextAt(sport: string, at: number): number {
    const due = this.due.get(sport);
    if (due === undefined) return Math.max(at, this.firstReadsPaidAt - FIRST_READS * this.earning(sport, at));
    const next = due + this.interval(sport);
    // A wall clock that was put back must not stop the reads.
    return next - at > 2 * this.interval(sport) ? at : next;
  }

  /**
   * Takes down that a sport, which is due, is being read; at once, so that whoever asks in the same moment knows.
   * Returns what to call when the read failed: it was not the sport's turn then.
   */
  begin(sport: string, at: number): () => void {
    const { tickMs, floorMs, demand } = this.parts;
    const due = this.due.get(sport);
    const earning = due === undefined ? this.earning(sport, at) : 0;
    if (due === undefined) {
      this.firstReadsPaidAt = Math.max(at, this.firstReadsPaidAt) + earning;
      this.due.set(sport, at);
    } else {
      // Ticks come at their times, not at ours: what a read is late goes off the next wait.
      const planned = due + this.interval(sport);
      const carried = floorMs <= tickMs && planned <= at && planned > at - tickMs;
      this.due.set(sport, carried ? planned : at);
    }
    // Who asked once and left has a claim until the next turn; where others stay, theirs are enough.
    if (demand.wanted().includes(sport)) demand.settle(sport);
    return () => {
      this.firstReadsPaidAt -= earning;
      if (due === undefined) this.due.delete(sport);
      else this.due.set(sport, due);
    };
  }

  /** Takes down that somebody else read a sport, which was due at `at`. */
  resume(sport: string, at: number): void {
    this.due.set(sport, at);
  }

  /** How often a sport is read, in ms between two reads. */
  interval(sport: string): number {
    return this.intervals.get(sport) ?? this.parts.floorMs;
  }

  /** How long it takes until what a read costs has come in, in ms. */
  private earning(sport: string, at: number): number {
    const { credits, pacing, cost } = this.parts;
    const { account } = credits;
    if (pacing === "off" || !account) return 0;
    return (cost(sport) * HOUR_MS) / Math.max(1e-6, spendingRate(account, at).rate);
  }
}
