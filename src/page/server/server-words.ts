import type { CreditsAnswer, StatusReport } from "../../client/index.js";
import type { Problem } from "../ask.js";
import { duration, moment, reasonInWords } from "../words.js";
import type { CreditsCurve } from "./credits-curve.js";

/*
 * How the server is, in words and figures: pure.
 */

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** A whole number as people here write it: `20,000`. */
export function count(n: number): string {
  return WHOLE.format(n);
}

/** The same for an axis, where it has to be short: `20K`. */
export function shortCount(n: number): string {
  return SHORT.format(n);
}

/** Credits an hour: `900`, and `0.4` where less than ten matter by their parts. */
export function rateText(rate: number): string {
  return (rate < 10 ? PARTS : WHOLE).format(rate);
}
const PARTS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** So many of something: `1 sport`, `2 sports`. */
export function counted(n: number, one: string, several = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : several}`;
}

const UNITS = ["KB", "MB", "GB", "TB"];

/** Bytes, with three figures at least: `12.4 MB`, `486 MB`. */
export function size(bytes: number): string {
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** The state of the server in a sentence. */
export function stateInWords({ status, phase, sports }: StatusReport): string {
  if (phase === "starting") return "It is starting, and takes no clients yet.";
  if (phase === "draining") return "It is stopping, and sends its clients elsewhere.";
  if (status === "degraded") return "It serves, but not all is as it should be.";
  if (status === "down") {
    return sports.length > 0 ? "Nothing of what is wanted is live." : "It cannot read what would be wanted.";
  }
  return sports.length > 0
    ? "All that is wanted is read as planned."
    : "All is well. Nobody watches, so nothing is read.";
}

/** Why something is not as it should be. */
export interface ReasonInWords {
  readonly code: string;
  readonly sentence: string;
  /** The sports that it concerns. */
  readonly sports: readonly string[];
  /** What an operator does about it; undefined for everybody else, and where the sentence says all. */
  readonly advice: string | undefined;
}

/** What is not as it should be, in sentences. */
export function reasonsInWords({ reasons, sports, advice }: StatusReport): ReasonInWords[] {
  return reasons.map((code) => ({
    code,
    sentence: reasonInWords(code),
    sports: sports.filter(({ reason }) => reason === code).map(({ sport }) => sport),
    advice: advice?.[code],
  }));
}

/** Why there is no answer, or none newer, in a sentence that says what helps. */
export function problemInWords({ code, message, status }: Problem): string {
  if (status === 403) return "Only a token with the scope admin may see this.";
  if (code === "RATE_LIMITED") return "Asked too often from this address; the page tries again by itself.";
  if (code === "NO_ANSWER") return "The server does not answer; the page tries again by itself.";
  return message;
}

/** When something is due, by the moment and now (both ms since the epoch): `in 4 s`, `now`. */
export function due(at: number, nowMs: number): string {
  return at <= nowMs ? "now" : `in ${duration(at - nowMs + 999)}`;
}

/** What the credits come to, in a sentence or two: all that their curve shows. */
export function creditsInWords({ rate, timestamp }: CreditsAnswer, curve: CreditsCurve): string {
  const { points, end, floor, runsOut } = curve;
  const when = (at: number) => `in ${duration(at - timestamp)} (${moment(at, timestamp)})`;
  const left = `${count(points[0].credits)} credits are left`;
  const reset = when(end.at);
  if (points[0].credits <= floor) {
    return `${left}, none of which may be spent on boards. More come with the reset ${reset}.`;
  }
  if (rate <= 0) return `${left}, and none are being spent. The reset is ${reset}.`;
  const atRate = `${left}. At ${rateText(rate)} credits an hour`;
  if (runsOut !== null) {
    return `${atRate}, what may be spent is gone ${when(runsOut)}; the reset is ${reset}.`;
  }
  return `${atRate} they last to the reset ${reset}: ${count(end.credits)} will be left then.`;
}
