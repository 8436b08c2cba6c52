import type { Logger } from "../logger.js";
import { type Quota, SourceError } from "../source-error.js";
import { Clock } from "./clock.js";
import type { HeardQuota } from "./cluster.js";

const HOUR_MS = 3_600_000;
/** Shares of the plan at whose passing a warning is logged. */
const WARN_AT = [0.5, 0.2, 0.1, 0.05];
/** What was heard of others within this time (ms) of what is known is the same word: clocks are that exact. */
const SAME_WORD_MS = 50;
/** Credits are scarce when less than this share of the plan is left above the reserve. */
const SCARCE_SHARE = 0.01;
/** The books keep the spending of this many past hours. */
const HOURS_KEPT = 48;

/** How credits are kept: `reserve` is a share of the plan (0 to 1), or a number of credits. */
export interface CreditRules {
  /** Day of the month (UTC) on which the plan's credits come back. */
  readonly resetDay: number;
  readonly reserve: { readonly share: number } | { readonly credits: number };
}

/** What is known of the account; null before the upstream said anything. */
export interface Account {
  readonly remaining: number;
  readonly used: number | null;
  /** What the plan gives a month: used and remaining together. */
  readonly plan: number;
  /** Never spent. */
  readonly reserve: number;
  /** What of the rest is kept for closing reads, up to the reset; absent where nothing is. */
  readonly earmarked?: number;
  /** When credits come back, in ms since the epoch. */
  readonly resetAt: number;
}

interface Known {
  readonly remaining: number;
  readonly used: number | null;
  readonly plan: number;
  /** What the upstream said remained, before we counted down by ourselves. */
  readonly told: number;
}

/**
 * The books of the account: what the upstream's headers said, corrected by what we have spent since. Nothing is
 * stored, as the free sports call tells all at the next start.
 */
export class Credits {
  private known: Known | undefined;
  private readonly bySport = new Map<string, number>();
  private readonly byHour = new Map<number, number>();
  private warned = 1;
  private underWay = 0;
  private earmarked = 0;
  /** When the upstream said what is known, in ms on the steady clock. */
  private heardAt = 0;
  private surprised = false;

  constructor(
    private readonly rules: CreditRules,
    private readonly log: Logger,
    private readonly clock = new Clock(),
  ) {}

  /** Takes in what the headers of an answer said to a call made at `askedAt` (ms on the steady clock). */
  hear(quota: Quota | undefined, askedAt = this.clock.steady()): void {
    // Of calls under way together, the answer that comes last is not always the later one.
    const together = this.known !== undefined && askedAt < this.heardAt;
    this.know(quota, this.clock.steady(), together);
  }

  /** Takes in what another process heard, unless what is known was heard later. */
  hearOthers(quota: HeardQuota | undefined): void {
    if (!quota) return;
    const heardAt = Math.min(this.clock.steady(), this.clock.steadyOf(quota.heardAt));
    if (this.known && heardAt < this.heardAt - SAME_WORD_MS) return;
    this.know(quota, heardAt, this.known !== undefined && heardAt < this.heardAt + SAME_WORD_MS);
  }

  /** What is known, for other processes; undefined while it is nothing. */
  get quota(): HeardQuota | undefined {
    if (!this.known) return undefined;
    const { remaining, used } = this.known;
    return { remaining, used, last: null, heardAt: Math.round(this.clock.wallOf(this.heardAt)) };
  }

  /** `together`: it does not tell of a later moment than what is known; then the lower one is right. */
  private know(quota: Quota | undefined, heardAt: number, together: boolean): void {
    if (!quota || quota.remaining === null) return;
    this.heardAt = Math.max(this.known ? this.heardAt : heardAt, heardAt);
    const before = this.known;
    const { remaining, used } = quota;
    if (together && before && remaining >= before.remaining) return;
    const plan = used === null ? Math.max(before?.plan ?? 0, remaining) : used + remaining;
    this.known = { remaining, used, plan, told: remaining };
    if (before && remaining > before.told + Math.max(10, before.plan * 0.01)) {
      this.warned = 1;
      this.log.info(`Credits came back: ${remaining} remain`, { remaining });
    }
    this.warn(remaining / Math.max(1, plan));
  }

  /**
   * Takes in a read that cost credits, or may have: what it should have cost, what the headers said, and when it was
   * asked for (ms on the steady clock). Returns what it did cost.
   */
  spent(sport: string, predicted: number, quota: Quota | undefined, askedAt = this.clock.steady()): number {
    const cost = quota?.last ?? predicted;
    if (quota && quota.last !== null && quota.last !== predicted && !this.surprised) {
      this.surprised = true;
      this.log.warn(`A read of ${sport} cost ${quota.last} credits where ${predicted} were expected`, {
        sport,
        predicted,
        charged: quota.last,
      });
    }
    if (quota && quota.remaining !== null) this.hear(quota, askedAt);
    // Headers may lack it; then we count down by ourselves.
    else if (this.known) this.known = countedDown(this.known, cost);
    this.bySport.set(sport, (this.bySport.get(sport) ?? 0) + cost);
    const hour = Math.floor(this.clock.now() / HOUR_MS);
    this.byHour.set(hour, (this.byHour.get(hour) ?? 0) + cost);
    for (const old of this.byHour.keys()) if (old <= hour - HOURS_KEPT) this.byHour.delete(old);
    return cost;
  }

  /** The account as far as it is known. */
  get account(): Account | null {
    if (!this.known) return null;
    const { remaining, used, plan } = this.known;
    const { reserve } = this.rules;
    return {
      remaining,
      used,
      plan,
      reserve: "share" in reserve ? Math.ceil(reserve.share * plan) : reserve.credits,
      ...(this.earmarked > 0 ? { earmarked: this.earmarked } : {}),
      resetAt: this.resetAt(),
    };
  }

  /** Whether, as far as is known, hardly any credits are left that may be spent. */
  get areScarce(): boolean {
    const { account } = this;
    return account !== null && account.remaining - account.reserve < account.plan * SCARCE_SHARE;
  }

  /** How long ago the upstream last said what is left, in ms; without end while it never did. */
  get silentMs(): number {
    return this.known ? this.clock.steady() - this.heardAt : Number.POSITIVE_INFINITY;
  }

  /** Keeps so many credits for closing reads, up to the reset. */
  earmark(credits: number): void {
    this.earmarked = credits;
  }

  /**
   * Why a read of this cost may not be paid for: it would touch the reserve, or what is kept for closing reads, unless
   * it is one (`closing`). Undefined when it may.
   */
  refusal(cost: number, closing = false): SourceError | undefined {
    const { account } = this;
    if (!account || cost === 0) return undefined;
    const kept = account.reserve + (closing ? 0 : this.earmarked);
    if (account.remaining - this.underWay - cost >= kept) return undefined;
    const forClosing = this.earmarked > 0 && !closing;
    return new SourceError(
      "OUT_OF_USAGE_CREDITS",
      "No new odds for now: what this server may read is used up.",
      "person",
      "CREDIT_RESERVE",
    ).advised(
      forClosing
        ? `Only ${account.remaining} credits are left: ${Math.ceil(this.earmarked)} are kept for closing reads (HISTORY_CLOSING_READS), and the reserve (ODDS_CREDIT_RESERVE).`
        : `Only ${account.remaining} credits are left: the reserve is kept until the reset (ODDS_CREDIT_RESERVE).`,
    );
  }

  /** Holds back what a read under way will cost, until the returned function is called. */
  hold(cost: number): () => void {
    this.underWay += cost;
    return () => {
      this.underWay -= cost;
    };
  }

  /** What this process has spent, by sport and by hour (ISO 8601), the latest hours last. */
  spending(): { bySport: Record<string, number>; byHour: Record<string, number> } {
    return {
      bySport: Object.fromEntries(this.bySport),
      byHour: Object.fromEntries(
        [...this.byHour].map(([hour, credits]) => [new Date(hour * HOUR_MS).toISOString(), credits]),
      ),
    };
  }

  /** The next reset after now: midnight (UTC) of the reset day, or of the month's last day where it has fewer. */
  private resetAt(): number {
    const now = new Date(this.clock.now());
    const on = (month: number) => {
      const last = new Date(Date.UTC(now.getUTCFullYear(), month + 1, 0)).getUTCDate();
      return Date.UTC(now.getUTCFullYear(), month, Math.min(this.rules.resetDay, last));
    };
    const thisMonth = on(now.getUTCMonth());
    return thisMonth > now.getTime() ? thisMonth : on(now.getUTCMonth() + 1);
  }

  private warn(left: number): void {
    const passed = WARN_AT.filter((share) => left <= share && share < this.warned).at(-1);
    if (passed === undefined) return;
    this.warned = passed;
    this.log.warn(`Only ${Math.floor(left * 100)} % of the plan's credits are left`, {
      remaining: this.known?.remaining,
    });
  }
}

function countedDown(known: Known, cost: number): Known {
  const counted = Math.min(known.remaining, cost);
  const used = known.used === null ? null : known.used + counted;
  return { ...known, remaining: known.remaining - counted, used };
}
