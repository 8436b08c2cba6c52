import { type Board, momentInMs, type Sport } from "../board/model.js";
import type { Account } from "./credits.js";

/*
 * The spending rule. What is left above the reserve is spread over the time to the reset; what was left unspent on
 * the way (nobody watched at night) is an allowance that is spent faster, a fixed part of it each hour. The rule knows
 * nothing but the account and the clock, so a restart changes nothing.
 */
const HOUR_MS = 3_600_000;
/** How fast the allowance is spent: 63 % of it in this time, in ms. */
const ALLOWANCE_MS = 2 * HOUR_MS;
/** The allowance is at most what comes in within this time (ms), or a tenth of the plan where that is more. */
const ALLOWANCE_CAP_MS = 24 * HOUR_MS;
/** This share of the plan may be spent ahead of time, so that the first day of a month is not a dry one. */
const AHEAD_SHARE = 0.03;
/** A month, in ms, near enough: the time that a plan's credits are for. */
const MONTH_MS = 30.4 * 24 * HOUR_MS;

/** How pressing a read of a sport is: games in play, games within six hours, later ones, outrights. */
export type Tier = "in-play" | "soon" | "later" | "outright";

/** What a sport gets of the credits, against the others. */
const TIER_SHARE: Record<Tier, number> = { "in-play": 1, soon: 0.15, later: 0.05, outright: 0.02 };

/** How often the upstream itself re-reads its bookmakers, in ms (The Odds API's guide on update intervals). */
const REFRESH_MS: Record<Tier, number> = {
  "in-play": 40_000,
  soon: 60_000,
  later: 60_000,
  outright: 300_000,
};

/** Games that start within this time (ms) are soon: bookmakers move their prices more. */
const SOON_MS = 6 * HOUR_MS;

/** How pressing a sport is at a time (ms since the epoch), by its last board; soon, while there is none. */
export function tierOf(sport: Sport | undefined, board: Board | undefined, at: number): Tier {
  if (sport?.has_outrights) return "outright";
  if (!board) return "soon";
  const starts = board.events.map((event) => momentInMs(event.commence_time));
  if (starts.some((start) => start <= at)) return "in-play";
  return starts.some((start) => start <= at + SOON_MS) ? "soon" : "later";
}

/** A sport to be read: what a read costs (credits), how pressing it is, and the weight of those who want it. */
export interface Wanted {
  readonly sport: string;
  readonly cost: number;
  readonly tier: Tier;
  readonly weight: number;
}

/**
 * Credits an hour that may be spent now, were all that is wanted in play (`rate`), and what would last to the reset
 * (`lasting`); the credits that were left unspent on the way (`allowance`), and those of them that go beyond what is
 * kept for whoever comes to watch (`spare`).
 */
export function spendingRate(
  account: Account,
  now: number,
): { rate: number; lasting: number; allowance: number; spare: number } {
  const left = Math.max(HOUR_MS / 60, account.resetAt - now);
  const { earmarked = 0 } = account;
  const spendable = Math.max(0, account.remaining - account.reserve - earmarked);
  const lasting = (spendable * HOUR_MS) / left;
  const onTime = (account.plan - account.reserve) * Math.min(1, left / MONTH_MS);
  const cap = Math.max((lasting * ALLOWANCE_CAP_MS) / HOUR_MS, account.plan / 10);
  // What is kept for closing reads is on no line of those who watch.
  const ahead = spendable - Math.max(0, onTime - earmarked) + account.plan * AHEAD_SHARE;
  const allowance = Math.max(0, Math.min(ahead, cap, spendable));
  const spare = Math.max(0, Math.min(ahead, spendable) - cap);
  return { rate: lasting + (allowance * HOUR_MS) / ALLOWANCE_MS, lasting, allowance, spare };
}

/**
 * The time between two reads of each wanted sport, in ms, none below `floorMs` (the tick and the TTL). Where the
 * credits last for reading everything at the floor until the reset, that is what it is.
 */
export function paceOf(
  wanted: readonly Wanted[],
  account: Account | null,
  now: number,
  floorMs: number,
): Map<string, number> {
  const intervals = new Map(wanted.map(({ sport }) => [sport, floorMs]));
  if (!account) return intervals;
  const { rate, lasting } = spendingRate(account, now);
  const hourly = (everyMs: (want: Wanted) => number) =>
    wanted.reduce((sum, want) => sum + (want.cost * HOUR_MS) / everyMs(want), 0);
  const atFloor = hourly(() => floorMs);
  if (atFloor <= lasting) return intervals;
  // While credits would not last for reading as often as the upstream refreshes, faster reads buy little.
  const scarce = hourly((want) => REFRESH_MS[want.tier]) > lasting;
  const least = (want: Wanted) => (scarce ? Math.max(floorMs, REFRESH_MS[want.tier]) : floorMs);
  const paid = wanted.filter((want) => want.cost > 0);
  const pressing = paid.reduce((sum, want) => sum + TIER_SHARE[want.tier], 0);
  // What is not pressing leaves credits for what will be; but not more than would ever be spent.
  const toShare = rate * Math.min(1, Math.max(pressing, lasting / atFloor));
  // Nothing waits longer than for new credits.
  const longest = Math.max(floorMs, account.resetAt - now);
  for (const [sport, everyMs] of share(paid, toShare, least)) {
    intervals.set(sport, Math.min(longest, everyMs));
  }
  return intervals;
}

/**
 * The time between two reads, in ms, of each sport that is read for the history and costs something, from what is
 * spare; none where that pays for no read.
 */
export function paceOfSpare(
  kept: readonly Wanted[],
  account: Account | null,
  now: number,
  floorMs: number,
): Map<string, number> {
  // Before the upstream said what is left, nobody knows of anything spare.
  const { spare, lasting } = account ? spendingRate(account, now) : { spare: 0, lasting: 0 };
  const paid = kept.filter(({ cost }) => cost > 0 && cost <= spare);
  const atRefresh = paid.reduce((sum, { cost, tier }) => sum + (cost * HOUR_MS) / REFRESH_MS[tier], 0);
  const least = ({ tier }: Wanted) => (atRefresh > lasting ? Math.max(floorMs, REFRESH_MS[tier]) : floorMs);
  return share(paid, (spare * HOUR_MS) / ALLOWANCE_MS, least);
}

/** Shares so many credits an hour among sports: the time between two reads of each, in ms, and none below `least`. */
function share(
  wanted: readonly Wanted[],
  creditsAnHour: number,
  least: (want: Wanted) => number,
): Map<string, number> {
  const intervals = new Map<string, number>();
  const pull = (want: Wanted) => TIER_SHARE[want.tier] * want.weight;
  let toShare = creditsAnHour;
  let open = [...wanted];
  while (open.length > 0) {
    const pulls = open.reduce((sum, want) => sum + pull(want), 0);
    const turnMs = (want: Wanted) => (want.cost * HOUR_MS * pulls) / Math.max(1e-9, toShare * pull(want));
    const sated = open.filter((want) => turnMs(want) <= least(want));
    if (sated.length === 0) {
      for (const want of open) intervals.set(want.sport, turnMs(want));
      break;
    }
    // Who needs less than its share leaves the rest to the others.
    for (const want of sated) {
      intervals.set(want.sport, least(want));
      toShare -= (want.cost * HOUR_MS) / least(want);
    }
    open = open.filter((want) => !sated.includes(want));
  }
  return intervals;
}
