import type { BoardEvent } from "../client/index.js";
import {
  type FairMethod,
  formatPrice,
  type MarketKey,
  type NoFairPrice,
  type PriceFormat,
} from "../prices/index.js";

/*
 * What the page says in words: times, reasons, the names of markets and methods.
 */

/** A length of time in ms, short: `4 s`, `3 min`, `2 h 05 min`, `3 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** A moment (ms since the epoch) as people here write it, with the day where it is not today's. */
export function moment(ms: number, nowMs: number = Date.now()): string {
  if (Number.isNaN(ms)) return "at an unknown time";
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return (isToday ? TIME : DAY_AND_TIME).format(ms);
}
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** The same in the few characters that a chart has room for: the day where one begins (ms since the epoch), else the hour. */
export function tickText(ms: number): string {
  return (new Date(ms).getHours() === 0 ? DAY : HOUR).format(ms);
}
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "numeric" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** What an event is called: both sides of a game, or the title of a tournament. */
export function nameOfEvent({
  home_team: home,
  away_team: away,
  sport_title,
}: Pick<BoardEvent, "home_team" | "away_team" | "sport_title">): string {
  if ((home ?? null) === null && (away ?? null) === null) return sport_title ?? "An event without a name";
  return `${home ?? "?"} – ${away ?? "?"}`;
}

/** A line as bookmakers write it: a spread with its sign, `+3.5`, a total without, `44.5`. */
export function lineText(point: number | null, market: MarketKey): string {
  if (point === null) return "";
  return market === "spreads" && point > 0 ? `+${point}` : withMinus(String(point));
}

/** Decimal odds as they are to be shown, with a minus sign as wide as a plus. */
export function priceText(decimal: number, format: PriceFormat): string {
  return withMinus(formatPrice(decimal, format));
}

/** A share as per cent with one place: `4.8 %`. */
export function percent(share: number): string {
  return `${withMinus((100 * share).toFixed(1))} %`;
}

function withMinus(text: string): string {
  return text.replace("-", "−");
}

/** What each market is called. */
export const MARKET_NAMES: Readonly<Record<MarketKey, string>> = {
  h2h: "Moneyline",
  spreads: "Spread",
  totals: "Total",
  outrights: "Outrights",
};

/** What each way to write prices is called. */
export const FORMAT_NAMES: Readonly<Record<PriceFormat, string>> = {
  decimal: "Decimal",
  american: "American",
  fractional: "Fractional",
  percent: "Implied %",
};

/** What each way to take out the margin is called. */
export const METHOD_NAMES: Readonly<Record<FairMethod, string>> = {
  multiplicative: "multiplicative",
  additive: "additive",
  power: "power",
  shin: "Shin",
};

/** Why there is no fair price. */
export const NO_FAIR: Readonly<Record<NoFairPrice, string>> = {
  NO_OFFER: "No fair price: nobody whose prices count offers all outcomes.",
  TOO_FEW: "No fair price: there are fewer than two outcomes.",
  NO_MARGIN: "No fair price: these prices have no margin; an outcome is missing.",
  NEGATIVE: "No fair price: by this method a long shot would have less than no chance. Try power or Shin.",
  NOT_CONVERGED: "No fair price: the method found no solution. Try another one.",
};

const REASONS: Readonly<Record<string, string>> = {
  SILENT: "The server has fallen silent.",
  NO_ANSWER: "The server does not answer.",
  NOT_WATCHED: "Nobody wanted this sport for a while; it is being read again.",
  UPSTREAM_FAILED: "The Odds API does not answer as it should.",
  UPSTREAM_RATE_LIMITED: "The Odds API takes no more questions for now.",
  OUT_OF_USAGE_CREDITS: "The credits of The Odds API are used up.",
  INVALID_KEY: "The Odds API refuses the server's key.",
  CLUSTER_UNAVAILABLE: "This process has lost the others.",
  SHUTTING_DOWN: "The server restarts.",
  UNAUTHORIZED: "The server asks for a token.",
  TOKEN_EXPIRED: "The token has ended.",
  OVERDUE: "The next reading is late.",
  CREDIT_RESERVE: "What may be spent on odds is used up, but for the reserve.",
  CREDITS: "Credits are being saved: the first reading waits for its turn.",
  UNKNOWN_SPORT: "The Odds API knows no such sport.",
  REPLAY_ENDED: "The recording is over.",
  HISTORY_DOWN: "The history cannot keep what is read for now; boards go out all the same.",
  INTERNAL: "Something went wrong on the server; its log says more.",
};

/** A code of the server's or the client's as a sentence; one that is not known is told as it is. */
export function reasonInWords(code: string | null): string {
  return code === null ? "" : (REASONS[code] ?? code);
}
