import type { Bookmaker, Market, Outcome } from "../../board/model.js";
import type { BookmakerHabits } from "./bookmakers.js";
import type { Game, Outlook } from "./game.js";
import type { Play } from "./leagues.js";
import { type OddsFormat, priceFor, withMargin } from "./prices.js";
import { type Dice, normalBelow } from "./random.js";

type MarketKey = "h2h" | "spreads" | "totals";

interface Quote {
  readonly key: MarketKey;
  /** The home side's line of a spread, the line of a total, null for h2h. */
  point: number | null;
  fair: readonly number[];
  prices: readonly number[];
  suspendedUntil: number;
}

/** How often The Odds API reads a bookmaker anew, by its guide: before the games, and while one is in play. */
const READ_BEFORE_MS = 60_000;
const READ_IN_PLAY_MS = 40_000;
/** Lines close before the end: only who wins is still open then. */
const LINES_CLOSE_AT = 0.03;

/** A moment as the upstream writes it: ISO 8601 with whole seconds. */
export function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/**
 * When one bookmaker is read anew: at its own moments, however seldom the board is read, and for all events of a sport
 * at once, as in every recorded answer of the upstream.
 */
export class ReadingRhythm {
  private readAt: number;
  /** The next moment by the beat, and the one that it really is: a little sooner or later. */
  private beat: number;
  private next: number;

  /** `since`: the last read was this share of an interval ago. */
  constructor(
    now: number,
    inPlay: boolean,
    since: number,
    private readonly dice: Dice,
  ) {
    const every = inPlay ? READ_IN_PLAY_MS : READ_BEFORE_MS;
    this.readAt = now - since * every;
    this.beat = this.readAt + every;
    this.next = this.beat;
  }

  get last(): number {
    return this.readAt;
  }

  /** Whether the bookmaker was read again by `now`; moves `last` on if so. */
  due(now: number, inPlay: boolean): boolean {
    const every = inPlay ? READ_IN_PLAY_MS : READ_BEFORE_MS;
    // The start of a game wakes bookmakers that had planned to sleep on.
    if (this.next > now + 1.2 * every) {
      this.beat = now + this.dice.between(0, every);
      this.next = this.beat;
    }
    if (this.next > now) return false;
    const missed = Math.floor((now - this.next) / every) * every;
    this.readAt = this.next + missed;
    this.beat += missed + every;
    this.next = this.beat + every * this.dice.between(-0.1, 0.1);
    return true;
  }
}

/** What one bookmaker offers on one game. */
export class Offer {
  private readonly play: Play;
  private readonly staysInPlay: boolean;
  /** What this bookmaker thinks of this game beyond its habits, as a probability. */
  private readonly lean: number;
  private readonly quotes: Quote[];

  constructor(
    private readonly habits: BookmakerHabits,
    private readonly game: Game,
    readonly rhythm: ReadingRhythm,
    private readonly format: OddsFormat,
    private readonly dice: Dice,
  ) {
    this.play = game.league.play;
    this.staysInPlay = dice.chance(habits.inPlay);
    this.lean = habits.bias + 0.008 * dice.gauss();
    const keys: MarketKey[] = ["h2h"];
    if (this.play.lines !== "none") {
      if (dice.chance(0.92)) keys.push("spreads");
      if (dice.chance(0.9)) keys.push("totals");
    }
    this.quotes = keys.map((key) => this.open(key, game.outlook()));
  }

  /** The bookmaker was read again: moves the prices that have gone stale. */
  advance(now: number, outlook: Outlook): void {
    const inPlay = this.game.inPlay(now);
    for (const quote of this.quotes) this.reconsider(quote, outlook, inPlay, now);
  }

  /** The offer as it stands, in objects of its own; null when nothing is offered. */
  show(now: number): Bookmaker | null {
    if (this.game.inPlay(now) && !this.staysInPlay) return null;
    const { left } = this.game.outlook();
    const last_update = isoSeconds(this.rhythm.last);
    const markets: Market[] = [];
    for (const quote of this.quotes) {
      if (quote.suspendedUntil > now || (quote.key !== "h2h" && left < LINES_CLOSE_AT)) continue;
      markets.push({ key: quote.key, last_update, outcomes: this.outcomes(quote) });
    }
    if (markets.length === 0) return null;
    return { key: this.habits.key, title: this.habits.title, last_update, markets };
  }

  private open(key: MarketKey, outlook: Outlook): Quote {
    const point = this.line(key, outlook);
    const quote: Quote = { key, point, fair: [], prices: [], suspendedUntil: 0 };
    this.reprice(quote, this.fair(key, point, outlook));
    return quote;
  }

  private reconsider(quote: Quote, outlook: Outlook, inPlay: boolean, now: number): void {
    let fair = this.fair(quote.key, quote.point, outlook);
    const moved = fair.reduce(
      (most, chance, i) => Math.max(most, Math.abs(chance - (quote.fair[i] ?? 0))),
      0,
    );
    const line = this.isOff(quote.key, fair) ? this.line(quote.key, outlook) : quote.point;
    if (line !== quote.point) {
      quote.point = line;
      fair = this.fair(quote.key, line, outlook);
    } else if (moved < this.habits.threshold * this.play.patience * this.finesse(fair)) return;
    if (inPlay && this.dice.chance(moved > 0.08 ? 0.3 : 0.03)) {
      quote.suspendedUntil = now + this.dice.between(10_000, 40_000);
    }
    this.reprice(quote, fair);
  }

  private reprice(quote: Quote, fair: readonly number[]): void {
    quote.fair = fair;
    quote.prices = withMargin(fair, this.habits.margin).map((implied) => priceFor(implied, this.format));
  }

  /** Where one side is all but sure, smaller moves matter. */
  private finesse(fair: readonly number[]): number {
    const most = Math.max(...fair);
    return Math.max(0.3, Math.min(1, 4 * most * (1 - most)));
  }

  /** Whether a line has become too one-sided to keep. */
  private isOff(key: MarketKey, fair: readonly number[]): boolean {
    if (key === "h2h") return false;
    const slack = key === "spreads" && this.play.lines === "one-and-a-half" ? 0.36 : 0.13;
    return Math.abs((fair[0] ?? 0.5) - 0.5) > slack;
  }

  private line(key: MarketKey, outlook: Outlook): number | null {
    if (key === "h2h") return null;
    const step = this.play.lines === "quarter" ? 0.25 : 0.5;
    if (key === "totals") return toLine(outlook.total + this.lean * outlook.totalSpread, step);
    const margin = outlook.margin + 2.5 * this.lean * outlook.marginSpread;
    if (this.play.lines === "one-and-a-half" && Math.abs(margin) < 2) return margin < 0 ? 1.5 : -1.5;
    return toLine(-margin, step);
  }

  /** Fair chances as this bookmaker sees them: home, away (and draw), or over, under. */
  private fair(key: MarketKey, point: number | null, outlook: Outlook): number[] {
    const { margin, marginSpread, total, totalSpread } = outlook;
    if (key === "totals") return pair(normalBelow((total - (point ?? 0)) / totalSpread) + this.lean / 2);
    if (key === "spreads") return pair(normalBelow((margin + (point ?? 0)) / marginSpread) + this.lean);
    // A lean is an opinion on what is still to come: once the winner is plain, nobody has one.
    const lean = this.lean * Math.sqrt(outlook.left);
    if (!this.play.draws) return pair(normalBelow(margin / marginSpread) + lean);
    const away = normalBelow((-0.5 - margin) / marginSpread) - lean / 2;
    const notHome = normalBelow((0.5 - margin) / marginSpread) - lean / 2;
    return shares([1 - notHome, away, notHome - away]);
  }

  private outcomes(quote: Quote): Outcome[] {
    const [first = 0, second = 0, draw] = quote.prices;
    const { home, away } = this.game;
    const point = quote.point ?? 0;
    if (quote.key === "totals") {
      return [
        { name: "Over", price: first, point },
        { name: "Under", price: second, point },
      ];
    }
    // `0 - point` and not `-point`: a line of 0 has no minus zero on the other side.
    const lined = quote.key === "spreads";
    const ours: Outcome = lined ? { name: home, price: first, point } : { name: home, price: first };
    const theirs: Outcome = lined
      ? { name: away, price: second, point: 0 - point }
      : { name: away, price: second };
    const sides = home < away ? [ours, theirs] : [theirs, ours];
    return draw === undefined ? sides : [...sides, { name: "Draw", price: draw }];
  }
}

/** The nearest line: halves never fall on a whole number, where a bet could be void. */
function toLine(value: number, step: 0.25 | 0.5): number {
  return step === 0.5 ? Math.floor(value) + 0.5 : Math.round(value * 4) / 4 + 0;
}

function pair(first: number): number[] {
  return shares([first, 1 - first]);
}

/** Chances that are all possible and sum to one. */
function shares(chances: readonly number[]): number[] {
  const possible = chances.map((chance) => Math.min(0.99, Math.max(0.006, chance)));
  const sum = possible.reduce((total, chance) => total + chance, 0);
  return possible.map((chance) => chance / sum);
}
