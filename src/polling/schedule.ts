import type { Billing } from "./billing.js";
import type { Clock } from "./clock.js";
import type { Demand } from "./demand.js";
import { paceOf, paceOfSpare, spendingRate } from "./pacing.js";

const HOUR_MS = 3_600_000;
/** Two ticks' planned times differ from the tick by the grain and the slewing of the wall clock: less than this, in ms. */
const CLOCK_GRAIN_MS = 5;
/** So many sports may be read at once that nobody wanted before; further ones as fast as credits come in. */
const FIRST_READS = 10;

/** How fast reads may be. `floorMs`: no sport is read sooner than this after its last read (the tick and the TTL). */
export interface Pace {
  /** `off`: every sport is read as often as the floor allows. */
  readonly pacing: "auto" | "off";
  readonly tickMs: number;
  readonly floorMs: number;
}

/** A turn that is being used. */
export interface ReadTurn {
  /** The read was for nothing and cost nothing: it was not the sport's turn. */
  readonly unused: () => void;
  /** The read is over, whatever came of it. */
  readonly over: () => void;
}

/**
 * When a sport had its turn, on the steady clock, and what that was: one by the clock alone is `unread`, and `kept`
 * where only the history waits for the next.
 */
interface Turn {
  readonly at: number;
  readonly kind: "paid" | "free" | "unread" | "kept";
}

/**
 * When each sport is read next: as often as the credits allow. Callers give and get ms since the epoch; what is
 * waited for is kept on the steady clock.
 */
export class Schedule {
  private readonly last = new Map<string, Turn>();
  /** Of the sports that are claimed, and of those that are not but have yet to wait for their turn. */
  private intervals = new Map<string, number>();
  /** How often each sport is read for the history, as far as there are credits for it. */
  private spare = new Map<string, number>();
  /** When the credits for all first reads so far will have come in. */
  private firstReadsPaidAt = Number.NEGATIVE_INFINITY;
  /** Sports whose turn it is, and that are being read. */
  private readonly reading = new Set<string>();

  constructor(
    private readonly demand: Demand,
    private readonly billing: Billing,
    private readonly pace: Pace,
    private readonly clock: Clock,
  ) {}

  /**
   * Reckons anew how often each claimed sport is read; settles what nobody wants and would be due again, and claims
   * that led to no read.
   */
  plan(at: number): void {
    const { demand, billing } = this;
    const { pacing, floorMs } = this.pace;
    const now = this.clock.steadyOf(at);
    const wanted = new Set([...demand.wanted(), ...demand.kept]);
    for (const sport of this.last.keys()) {
      // How long its turn takes is not known before somebody claims it.
      if (wanted.has(sport) || !this.intervals.has(sport) || this.turn(sport, now) > now) continue;
      demand.settle(sport);
      this.last.delete(sport);
    }
    for (const sport of demand.weights().keys()) {
      if ((this.last.get(sport)?.kind ?? "unread") === "unread") demand.expire(sport);
    }
    const claimed = [...demand.weights()].map(([sport, weight]) => ({
      sport,
      weight,
      cost: billing.cost(sport),
      tier: billing.tier(sport, at),
    }));
    const account = pacing === "auto" ? billing.credits.account : null;
    const waiting = [...this.intervals].filter(([sport]) => this.last.has(sport));
    this.intervals = new Map([...waiting, ...paceOf(claimed, account, at, floorMs)]);
    this.planSpare(at, now);
    const allowance = account ? spendingRate(account, at).allowance : Number.POSITIVE_INFINITY;
    for (const { sport, cost: needed } of claimed) {
      // Its season begins: what was read free is no turn of a sport that is paid for.
      if (needed > 0 && this.last.get(sport)?.kind === "free") this.last.delete(sport);
      // Who comes to watch does not wait for the history's turn.
      if (this.last.get(sport)?.kind === "kept") this.last.delete(sport);
      if (this.last.has(sport) || allowance >= needed) continue;
      // Nothing is over for a read out of turn. Turns are the clock's, so that a restart gains none.
      const interval = this.interval(sport);
      const turn = this.clock.steadyOf(Math.floor(at / interval) * interval);
      this.last.set(sport, { at: turn, kind: "unread" });
    }
  }

  /** The sports that are read for the history, as far as there are credits for them. */
  get forHistory(): string[] {
    return [...this.spare.keys()];
  }

  /** Whether a sport may be read now. */
  isDue(sport: string, at: number): boolean {
    const now = this.clock.steadyOf(at);
    return this.turn(sport, now) - CLOCK_GRAIN_MS <= now;
  }

  /** Whether a sport is not being read, nor will be at the next tick. */
  waits(sport: string, at: number): boolean {
    return !this.reading.has(sport) && this.nextAt(sport, at) > at + this.pace.tickMs;
  }

  /** When a sport is read next, if somebody wants it then; at once when it was not read of late. */
  nextAt(sport: string, at: number): number {
    return Math.round(this.clock.wallOf(this.turn(sport, this.clock.steadyOf(at))));
  }

  /**
   * Takes down that a sport, which is due, is being read; at once, so that whoever asks in the same moment knows.
   * `outOfTurn`: it is not due, and what it costs has come in already.
   */
  begin(sport: string, at: number, outOfTurn = false): ReadTurn {
    const { demand } = this;
    const { tickMs, floorMs } = this.pace;
    this.reading.add(sport);
    const now = this.clock.steadyOf(at);
    const before = this.last.get(sport);
    const kind = this.billing.cost(sport) === 0 ? "free" : "paid";
    const earning = before || outOfTurn ? 0 : this.earning(sport);
    if (!before) {
      if (!outOfTurn) this.firstReadsPaidAt = Math.max(now, this.firstReadsPaidAt) + earning;
      this.last.set(sport, { at: now, kind });
    } else {
      // Ticks come at their times, not at ours: what a read is late goes off the next wait.
      const planned = before.at + this.interval(sport);
      const carried = floorMs <= tickMs && planned <= now && planned > now - tickMs;
      this.last.set(sport, { at: carried ? planned : now, kind });
    }
    // Who asked once and left has a claim until the next turn; where others stay, theirs are enough.
    if (demand.wanted().includes(sport)) demand.settle(sport);
    return {
      unused: () => {
        // Nothing was spent for those who let go meanwhile.
        demand.settle(sport);
        this.firstReadsPaidAt -= earning;
        if (before) this.last.set(sport, before);
        else this.last.delete(sport);
      },
      over: () => this.reading.delete(sport),
    };
  }

  /**
   * Takes down that somebody else read a sport, which was due at `at`, and how often (ms) that one read it, where it
   * said so. What was read here after that still counts.
   */
  resume(sport: string, at: number, everyMs?: number): void {
    const before = this.last.get(sport)?.at ?? Number.NEGATIVE_INFINITY;
    this.last.set(sport, { at: Math.max(this.clock.steadyOf(at), before), kind: "paid" });
    if (everyMs !== undefined) this.intervals.set(sport, everyMs);
  }

  /** How often a sport is read, in ms between two reads. */
  interval(sport: string): number {
    return this.intervals.get(sport) ?? this.pace.floorMs;
  }

  /** What is spare is shared among the sports of the history. Their turns are the clock's, so that a restart gains none. */
  private planSpare(at: number, now: number): void {
    const { demand, billing } = this;
    const kept = demand.kept.filter((sport) => billing.isInSeason(sport));
    const wants = kept.map((sport) => {
      return { sport, weight: 1, cost: billing.cost(sport), tier: billing.tier(sport, at) };
    });
    this.spare = paceOfSpare(wants, billing.credits.account, at, this.pace.floorMs);
    // What is free takes no credits from anybody.
    for (const { sport, cost } of wants) if (cost === 0) this.spare.set(sport, this.pace.floorMs);
    const claimed = demand.weights();
    for (const [sport, everyMs] of this.spare) {
      const forClients = claimed.has(sport) ? this.interval(sport) : everyMs;
      const interval = Math.min(everyMs, forClients);
      this.intervals.set(sport, interval);
      if (this.last.has(sport) || claimed.has(sport)) continue;
      const turn = this.clock.steadyOf(Math.floor(at / interval) * interval);
      this.last.set(sport, { at: Math.min(turn, now), kind: "kept" });
    }
  }

  /** When it is a sport's turn, on the steady clock; `now` where it was not read of late. */
  private turn(sport: string, now: number): number {
    const last = this.last.get(sport);
    if (last) return last.at + this.interval(sport);
    const earning = this.earning(sport);
    // What is free waits for no credits.
    return earning === 0 ? now : Math.max(now, this.firstReadsPaidAt - FIRST_READS * earning);
  }

  /** How long it takes until what a read costs has come in, in ms. */
  private earning(sport: string): number {
    const { account } = this.billing.credits;
    if (this.pace.pacing === "off" || !account) return 0;
    const { rate } = spendingRate(account, this.clock.now());
    return (this.billing.cost(sport) * HOUR_MS) / Math.max(1e-6, rate);
  }
}
