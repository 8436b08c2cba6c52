import type { z } from "zod";
import type { closingReportSchema } from "../protocol/answers.js";
import type { ClosingPlan } from "./closing-plan.js";
import type { ClosingsSeen } from "./closings-seen.js";
import type { Account } from "./credits.js";

/** What closing reads cost, and what came of them; null where this process makes none. */
export type ClosingReport = Readonly<z.infer<typeof closingReportSchema>>;

/** Puts the report together. */
export function closingReport(plan: ClosingPlan, { games, missed }: ClosingsSeen): ClosingReport {
  const { slots, credits, expected, earmarked, skippedSlots } = plan;
  const week = { slots, games: plan.games, credits, expected, skippedSlots };
  return { week, earmarked, ...games, missedCloses: [...missed] };
}

/** What closing reads cost in the coming week and up to the reset, in one line for who starts the server. */
export function closingBill(plan: ClosingPlan, sports: number, account: Account | null): string {
  const { slots, games, credits, expected, earmarked, share, skippedSlots } = plan;
  const known = `Closing reads of ${sports} sports: ${slots} kick-off slots with ${games} games are known for the coming week, at ${credits} credits (about ${expected} with games that are not listed yet).`;
  if (!account) return `${known} The upstream did not say what is left.`;
  const spendable = Math.max(0, account.remaining - account.reserve);
  const reset = new Date(account.resetAt).toISOString().slice(0, 10);
  const kept = `${earmarked} of the ${spendable} credits that may be spent up to the reset on ${reset} are kept for them, before anything else`;
  if (share === 1) return `${known} ${kept}.`;
  return `${known} ${kept}: that pays for ${Math.floor(share * 100)} %. ${skippedSlots} slots of the week, those with fewest games, are left out, and nothing is left for those who watch.`;
}
