import type { HistoryLine } from "../../client/index.js";
import type { MarketKey, PriceFormat } from "../../prices/index.js";
import { duration, lineText, moment, priceText } from "../words.js";
import type { Step } from "./event-courses.js";

/*
 * How prices moved, in words. Moments in ms since the epoch.
 */

/** A moment to the second, with the day where it is not that of `nowMs`. */
export function clock(ms: number, nowMs: number): string {
  return (isSameDay(ms, nowMs) ? TO_THE_SECOND : DAY_TO_THE_SECOND).format(ms);
}
const TO_THE_SECOND = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY_TO_THE_SECOND = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** When something changed, as sure as that is: `between 19:02:10 and 19:02:15`. */
export function between({ after, at }: Pick<Step, "after" | "at">, nowMs: number): string {
  if (after === null) return `${clock(at, nowMs)} or before`;
  return `between ${clock(after, nowMs)} and ${isSameDay(after, at) ? TO_THE_SECOND.format(at) : clock(at, nowMs)}`;
}

/** The same to the minute: `08:02`, or `by 08:02` where it may have been long before. */
export function inShort({ after, at }: Pick<Step, "after" | "at">, nowMs: number): string {
  const isSure = after !== null && at - after < 60_000;
  return `${isSure ? "" : "by "}${moment(at, nowMs)}`;
}

/** From when to when, and how long that is. */
export function fromTo(from: number, to: number, nowMs: number): string {
  const end = isSameDay(from, to) ? TO_THE_SECOND.format(to) : clock(to, nowMs);
  return `${clock(from, nowMs)} to ${end} (${duration(to - from)})`;
}

/** A price with its line, as it stands in the table and the readout: `+3.5 1.91`. */
export function pricedText(
  { price, point }: { readonly price: number; readonly point: number | null },
  market: MarketKey,
  format: PriceFormat,
): string {
  return [lineText(point, market), priceText(price, format)].filter((part) => part !== "").join(" ");
}

/** How a price stands to the one that it began with. */
export interface Movement {
  readonly direction: "up" | "down" | "line" | "same";
  /** `▲`, `▼`, `◆` or `=`. */
  readonly sign: string;
  /** `up 0.05`, `from +3.5` (of the line), `same`. */
  readonly words: string;
}

/** A price at its line. */
export interface Priced {
  readonly price: number;
  readonly point: number | null;
}

/** How a price moved from another one, by the figures that are shown: a chance falls where the price rises. */
export function movementOf(from: Priced, to: Priced, market: MarketKey, format: PriceFormat): Movement {
  if (from.point !== to.point)
    return { direction: "line", sign: "◆", words: `from ${lineText(from.point, market)}` };
  if (from.price === to.price) return { direction: "same", sign: "=", words: "same" };
  const isUp = to.price > from.price !== (format === "percent");
  return {
    // The colour says whether it pays more, as on the board.
    direction: to.price > from.price ? "up" : "down",
    sign: isUp ? "▲" : "▼",
    words: `${isUp ? "up" : "down"}${differenceOf(from.price, to.price, format)}`,
  };
}

/** Only decimal odds and chances have differences that say something. */
function differenceOf(from: number, to: number, format: PriceFormat): string {
  if (format === "percent") return ` ${Math.abs(100 / to - 100 / from).toFixed(1)} points`;
  if (format === "decimal") return ` ${Math.abs(to - from).toFixed(2)}`;
  return "";
}

/** How sure a close is, or why there is none. */
export function closeInWords(closing: HistoryLine["closing"]): string {
  if ("price" in closing) {
    const seen = `${duration(closing.beforeStartMs)} before start`;
    return closing.reason === null ? seen : `${seen}; then ${whyNot(closing.reason)}`;
  }
  return NO_CLOSE[closing.reason] ?? whyNot(closing.reason);
}
const NO_CLOSE: Readonly<Record<string, string>> = {
  NOT_STARTED: "not started",
  NOT_OFFERED: "not offered",
  NOT_SEEN: "seen too late",
};

/** Why nobody looked, as a part of a sentence; a code that is not known is told as it is. */
export function whyNot(reason: string): string {
  return WHY_NOT[reason] ?? reason;
}
const WHY_NOT: Readonly<Record<string, string>> = {
  NOBODY_WATCHED: "nobody watched",
  NOT_WATCHED: "nobody watched",
  CREDITS: "credits were saved",
  SERVER_DOWN: "the server was down",
  SHUTTING_DOWN: "the server restarted",
  HISTORY_DOWN: "the history could not be written",
  NOT_KEPT: "nothing is kept",
  NOT_READ: "the reason is not known yet",
  UNKNOWN: "the reason is not known",
  OVERDUE: "the reading was late",
  UPSTREAM_FAILED: "The Odds API did not answer as it should",
  UPSTREAM_RATE_LIMITED: "The Odds API took no more questions",
  OUT_OF_USAGE_CREDITS: "the credits were used up",
  INVALID_KEY: "The Odds API refused the server's key",
  CLUSTER_UNAVAILABLE: "the process had lost the others",
  NO_ANSWER: "this page had no connection",
  SILENT: "this page heard nothing from the server",
  UNAUTHORIZED: "this page had no token",
  TOKEN_EXPIRED: "this page's token had ended",
};
