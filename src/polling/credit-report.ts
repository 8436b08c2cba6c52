import type { z } from "zod";
import type { CreditsInShort, creditReportSchema } from "../protocol/answers.js";
import type { Account, Credits } from "./credits.js";

/** The state of the bill. Credits, times in ms since the epoch. */
export type CreditReport = Readonly<z.infer<typeof creditReportSchema>>;
/** What a sport's reads cost: how often (ms), when next (ms since the epoch), and how many credits each. */
export type SportCost = CreditReport["sports"][string];

/**
 * Puts the report together. `costOf` tells of each of the `wanted` sports how it is being read; `closing` of the closing
 * reads, where this process makes them.
 */
export function creditReport(
  credits: Credits,
  process: string,
  now: number,
  wanted: readonly string[],
  costOf: (sport: string) => SportCost,
  closing: CreditReport["closing"],
): CreditReport {
  const { account } = credits;
  const sports = Object.fromEntries(wanted.map((sport) => [sport, costOf(sport)]));
  const rate = Object.values(sports).reduce(
    (sum, { cost, everyMs, reason }) => sum + (reason === null ? (cost * 3_600_000) / everyMs : 0),
    0,
  );
  const spendable = account ? Math.max(0, account.remaining - account.reserve - (account.earmarked ?? 0)) : 0;
  const runsOutAt = account && rate > 0 ? now + (spendable / rate) * 3_600_000 : null;
  return {
    remaining: account?.remaining ?? null,
    used: account?.used ?? null,
    plan: account?.plan ?? null,
    reserve: account?.reserve ?? null,
    resetAt: account?.resetAt ?? null,
    rate: Math.round(rate * 10) / 10,
    runsOutAt: runsOutAt !== null && account && runsOutAt < account.resetAt ? Math.round(runsOutAt) : null,
    process,
    spent: credits.spending(),
    sports,
    closing,
  };
}

/** The report in a few numbers, for a probe; null where nothing is paid for, or nothing is known. */
export function creditsInShort({ remaining, rate, runsOutAt, resetAt }: CreditReport): CreditsInShort {
  return remaining === null ? null : { remaining, rate, runsOutAt, resetAt };
}

/**
 * What somebody who starts the server should know of its bill, in one line: what one sport costs an hour at `cost`
 * credits a read every `everyMs`, what is left, how long that lasts, and what the pacing will do about it.
 */
export function billAtStart(
  account: Account | null,
  cost: number,
  everyMs: number,
  pacing: "auto" | "off",
  now: number,
): string {
  const hourly = Math.round((cost * 3_600_000) / everyMs);
  const price = `One sport costs ${cost} credits a read, ${hourly} an hour at one read every ${everyMs / 1000} s.`;
  if (!account) return `${price} The upstream did not say what is left.`;
  const spendable = Math.max(0, account.remaining - account.reserve);
  const hours = spendable / hourly;
  const lasts = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  const left = `${account.remaining} of ${account.plan} credits are left (${account.reserve} in reserve): ${lasts} at that rate.`;
  const untilReset = (account.resetAt - now) / 3_600_000;
  const reset = new Date(account.resetAt).toISOString().slice(0, 10);
  if (hours >= untilReset) return `${price} ${left} That is enough until the reset on ${reset}.`;
  const paced =
    pacing === "auto"
      ? `Pacing stretches them to the reset on ${reset}: games in play first (ODDS_PACING=auto).`
      : `That is not enough until the reset on ${reset}, and ODDS_PACING=off does nothing about it.`;
  return `${price} ${left} ${paced}`;
}
