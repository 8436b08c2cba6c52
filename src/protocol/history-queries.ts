import { z } from "zod";
import { query } from "./answers.js";

/* What the history may be asked over HTTP. */

const SPORT = "given once, as a sport's key such as basketball_nba";
const EVENT = "given once, as an event's id, which GET /api/odds/history/events lists";
const MOMENT = "a moment: ms since the epoch, or ISO 8601 such as 2026-11-22T21:10:00Z";
const ISO = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
/** So many rows a page has at most. */
const MAX_LIMIT = 1000;
const LIMIT = `a whole number from 1 to ${MAX_LIMIT}`;
const POINTS = "a whole number from 2 to 5000";

const sport = z.string(SPORT).min(1, SPORT).describe("The sport's key.");
const event = z.string(EVENT).min(1, EVENT).describe("The event's id.");
const key = (what: string) => z.string("given once, as a key").min(1, "given once, as a key").describe(what);

const moment = (what: string) =>
  z
    .string(MOMENT)
    .refine((text) => !Number.isNaN(inMs(text)), MOMENT)
    .transform(inMs)
    .describe(`${what} In ms since the epoch, or as ISO 8601.`);

const whole = (least: number, most: number, words: string) =>
  z
    .string(words)
    .regex(/^\d{1,6}$/, words)
    .transform(Number)
    .refine((value) => value >= least && value <= most, words);

/** A time that ends before it begins has no answer. */
const inOrder = <T extends z.ZodType<{ from?: number | undefined; to?: number | undefined }>>(schema: T) =>
  schema.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    message: "no earlier than `from`",
    path: ["to"],
  });

const limit = whole(1, MAX_LIMIT, LIMIT)
  .optional()
  .describe(
    `How many at most, up to ${MAX_LIMIT}. There may be more to come though there are fewer: \`cursor\` tells.`,
  );
const cursor = z
  .string("given once")
  .optional()
  .describe("Where to go on: the `cursor` of the page before, to the same question.");

/** What `GET /api/odds/history/events` may be asked. */
export const eventsQuerySchema = inOrder(
  query({
    sport,
    from: moment("Those that were still on the board then.").optional(),
    to: moment("Those that had come by then.").optional(),
    limit,
    cursor,
  }),
);

/** What `GET /api/odds/history` may be asked. */
export const historyQuerySchema = inOrder(
  query({
    sport,
    event,
    bookmaker: key("Only this bookmaker's.").optional(),
    market: key("Only this market's.").optional(),
    from: moment("From then on; otherwise from when the event came.").optional(),
    to: moment("Until then; otherwise until now.").optional(),
    limit,
    cursor,
    points: whole(2, 5000, POINTS)
      .optional()
      .describe(
        "All changes of one `market`, those of each bookmaker thinned to so many: the first, the last, the highest and " +
          "lowest prices stay, even where these alone are more. Fewer where all bookmakers together would have more than " +
          "10,000. Not with `limit` or `cursor`.",
      ),
  }),
);

/** What `GET /api/odds/history/lines` may be asked. */
export const linesQuerySchema = query({ sport, event });

/** What `GET /api/odds/at` may be asked. */
export const atQuerySchema = query({ sport, at: moment("The moment.") });

/** What `GET /api/odds/history/export` may be asked. */
export const exportQuerySchema = inOrder(
  query({
    sport,
    from: moment("From then on; otherwise from the oldest that is kept.").optional(),
    to: moment("Until then; otherwise until now.").optional(),
    format: z.enum(["csv", "ndjson"], "csv or ndjson").default("csv").describe("How the lines are written."),
  }),
);

function inMs(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [, day = ""] = ISO.exec(text) ?? [];
  // `Date` takes the 30th of February for the 2nd of March.
  return isDay(day) ? Date.parse(text) : Number.NaN;
}

function isDay(day: string): boolean {
  const midnight = Date.parse(day);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}
