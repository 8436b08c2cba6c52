import type { Account } from "./credits.js";
import type { Game } from "./odds-source.js";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Games that start within this time (ms) after the first one are of its slot: one read serves them all. */
export const SLOT_MS = 30_000;

/** A sport whose closes are to be read: what a read costs (credits), and its games in order of their start. */
export interface ClosingSport {
  readonly sport: string;
  readonly cost: number;
  readonly games: readonly Game[];
}

/** Games that start together. */
export interface Slot extends ClosingSport {
  /** When the first of them starts, in ms since the epoch. */
  readonly at: number;
}

/** What closing reads are going to cost, and for which games the credits do not last. */
export interface ClosingPlan {
  /** The coming week's kick-off slots, their games, and what they cost: as far as starts are known. */
  readonly slots: number;
  readonly games: number;
  readonly credits: number;
  /** The same price, with the games that are not listed yet, by those that are. */
  readonly expected: number;
  /** What all of them cost up to the reset, and no more than there is: kept for them. */
  readonly earmarked: number;
  /** What part of that the credits pay for (0 to 1). */
  readonly share: number;
  /** The coming week's slots that they do not pay for, and their games by {@link gameKey}. */
  readonly skippedSlots: number;
  readonly skipped: ReadonlySet<string>;
}

/** A game's name among those of all sports. */
export const gameKey = (sport: string, { id }: Pick<Game, "id">): string => `${sport} ${id}`;

/** The slots of a sport's games that start after `from` and up to `to` (ms since the epoch). */
export function slotsOf({ sport, cost, games }: ClosingSport, from: number, to: number): Slot[] {
  const slots: (Slot & { readonly games: Game[] })[] = [];
  for (const game of games) {
    if (game.start <= from || game.start > to) continue;
    const slot = slots.at(-1);
    if (slot && game.start <= slot.at + SLOT_MS) slot.games.push(game);
    else slots.push({ sport, cost, at: game.start, games: [game] });
  }
  return slots;
}

/**
 * Plans the closing reads of some sports. Where all that can be spent does not pay for all of them up to the reset, the
 * slots with most games for a credit are read, and the credits are spread over the time.
 */
export function planClosings(
  sports: readonly ClosingSport[],
  account: Account | null,
  now: number,
): ClosingPlan {
  const leftMs = account ? Math.max(0, account.resetAt - now) : WEEK_MS;
  let expected = 0;
  let toReset = 0;
  const slots: Slot[] = [];
  for (const one of sports) {
    const spanMs = listedMs(one.games, now);
    const known = slotsOf(one, now, now + WEEK_MS);
    slots.push(...known);
    const credits = known.length * one.cost;
    expected += (credits * WEEK_MS) / spanMs;
    const before = known.filter(({ at }) => account === null || at < account.resetAt).length * one.cost;
    toReset += leftMs <= spanMs ? before : (credits * leftMs) / spanMs;
  }
  const spendable = account ? Math.max(0, account.remaining - account.reserve) : Number.POSITIVE_INFINITY;
  const share = toReset > spendable ? spendable / toReset : 1;
  const skippedSlots = share < 1 ? unpaid(slots, share) : [];
  return {
    slots: slots.length,
    games: slots.reduce((sum, { games }) => sum + games.length, 0),
    credits: slots.reduce((sum, { cost }) => sum + cost, 0),
    expected: Math.round(expected),
    earmarked: account ? Math.ceil(Math.min(toReset, spendable)) : 0,
    share,
    skippedSlots: skippedSlots.length,
    skipped: new Set(skippedSlots.flatMap(({ sport, games }) => games.map((game) => gameKey(sport, game)))),
  };
}

/**
 * How far a sport's games are listed, in ms, which differs by days and months: up to the last one, and as long again as
 * there was none in between. A day at least, and a week at most.
 */
function listedMs(games: readonly Game[], now: number): number {
  let [last, longestGap] = [now, 0];
  for (const { start } of games) {
    if (start <= now) continue;
    longestGap = Math.max(longestGap, start - last);
    last = start;
  }
  return Math.min(WEEK_MS, Math.max(DAY_MS, last - now + longestGap));
}

/** Those that this share of their price does not pay for: the ones with fewest games for a credit. */
function unpaid(slots: readonly Slot[], share: number): Slot[] {
  let left = share * slots.reduce((sum, { cost }) => sum + cost, 0);
  const yields = ({ games, cost }: Slot) => games.length / Math.max(1, cost);
  // Among equals by chance that stays the same: the soonest first would leave nothing for the end of the month.
  const order = slots.toSorted((one, other) => yields(other) - yields(one) || chance(one) - chance(other));
  return order.filter(({ cost }) => {
    // The last one is paid for in part: in the course of the month that adds up to whole ones.
    const isPaid = left > 0 || cost === 0;
    left -= cost;
    return !isPaid;
  });
}

/** A number that looks like chance, and is the same for a slot whenever it is asked for. */
function chance({ sport, at }: Slot): number {
  let hash = 2_166_136_261;
  for (const sign of `${at} ${sport}`) hash = Math.imul(hash ^ sign.charCodeAt(0), 16_777_619) >>> 0;
  // The last signs alone would hardly be seen in the first bits.
  return Math.imul(hash ^ (hash >>> 15), 2_246_822_519) >>> 0;
}
