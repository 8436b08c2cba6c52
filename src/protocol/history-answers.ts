import { z } from "zod";
import {
  boardBookmakerSchema,
  boardEventSchema,
  boardMarketSchema,
  momentSchema,
  outcomeSchema,
} from "../board/model.js";
import { errorFields } from "./error-codes.js";

/* What the history answers over HTTP; what it can be asked is in history-queries.ts. Times in ms since the epoch. */

const moment = z.number().describe("In ms since the epoch.");
const sport = z.string().describe("The sport's key.");
const event = z.string().describe("The event's id.");
const bookmaker = z.string().describe("The bookmaker's key.");
const market = z.string().describe("The market's key.");
const at = moment.describe("When this server first saw it so, in ms since the epoch.");
const after = moment
  .nullable()
  .describe(
    "The reading before, in ms since the epoch: it changed after that, and by `at`. Null where that is not known.",
  );
const reason = z
  .string()
  .describe(
    "Why the sport was not read, as a code: `NOBODY_WATCHED`, `CREDITS`, `SERVER_DOWN`, `HISTORY_DOWN`, an error's code, " +
      "`NOT_KEPT` (before the first reading that is kept), or `NOT_READ` (why is not known yet).",
  );
const cursor = z.string().nullable().describe("Where the next page begins; null where this is the last.");

/** See {@link coverageSchema}. */
const readSchema = z
  .object({ from: moment, to: moment, everyMs: z.number().describe("How often it was read, in ms.") })
  .describe("A time in which the sport was read.");
const notReadSchema = z
  .object({ from: moment, to: moment, reason })
  .describe("A time in which nobody looked: whatever happened in it is not known.");

/** From when to when a sport was read, and why not in between. */
export const coverageSchema = z
  .union([readSchema, notReadSchema])
  .describe("How a sport was read in a time, or why it was not.");
/** See {@link coverageSchema}. */
export type HistoryCoverage = z.infer<typeof coverageSchema>;

/** A time that nobody looked at: null where it has no beginning, or no end yet. */
export const notCoveredSchema = z
  .object({ from: moment.nullable(), to: moment.nullable(), reason })
  .describe("The time around it in which nobody looked; null where it has no beginning, or no end yet.");
/** See {@link notCoveredSchema}. */
export type NotCovered = z.infer<typeof notCoveredSchema>;

/** The error of a moment at which nobody looked. */
export const notCoveredBodySchema = z
  .object({ error: z.object({ ...errorFields, gap: notCoveredSchema.optional() }) })
  .describe("Why there is no board of that moment.");
/** See {@link notCoveredBodySchema}. */
export type NotCoveredBody = z.infer<typeof notCoveredBodySchema>;

/** A board without any `last_update`. */
const pastMarketSchema = boardMarketSchema.omit({ last_update: true });
const pastBookmakerSchema = boardBookmakerSchema
  .omit({ last_update: true })
  .extend({ markets: z.array(pastMarketSchema).describe("Any may be missing.") });
/** An event as it stood on a board: without any `last_update`, which is not kept. */
export const pastEventSchema = boardEventSchema
  .extend({ bookmakers: z.array(pastBookmakerSchema).describe("May be empty.") })
  .describe("An event as it stood on a board, without any `last_update`.");
/** See {@link pastEventSchema}. */
export type PastEvent = z.infer<typeof pastEventSchema>;

/** `GET /api/odds/at`. */
export const boardAtSchema = z
  .object({
    sport,
    at: moment.describe("The moment that was asked for, in ms since the epoch."),
    readAt: moment.describe("The reading that gave this board, in ms since the epoch."),
    readBefore: moment.nullable().describe("The reading before that; null where there is none."),
    readAfter: moment
      .nullable()
      .describe(
        "The reading after the moment; null where there is none yet. Once there is, the answer is final.",
      ),
    odds: z.array(pastEventSchema).describe("The board as it was."),
  })
  .describe("The board of a sport as it was at a moment.");
/** See {@link boardAtSchema}. */
export type BoardAt = z.infer<typeof boardAtSchema>;

const outcomes = z.array(outcomeSchema);

/** A change of a market. */
export const historyChangeSchema = z
  .object({
    event,
    bookmaker,
    market,
    at,
    after,
    outcomes: outcomes.nullable().describe("The outcomes from then on; null where the market went."),
  })
  .describe("A market's outcomes changed after `after` and by `at`.");
/** See {@link historyChangeSchema}. */
export type HistoryChange = z.infer<typeof historyChangeSchema>;

/** `GET /api/odds/history`. */
export const historyAnswerSchema = z
  .object({
    changes: z.array(historyChangeSchema).describe("In order of time."),
    coverage: z.array(coverageSchema).describe("How sure that is, for the time that `changes` are of."),
    cursor,
  })
  .describe("The changes of an event's markets.");
/** See {@link historyAnswerSchema}. */
export type HistoryAnswer = z.infer<typeof historyAnswerSchema>;

const calledSchema = z
  .object({
    at,
    commence_time: momentSchema.nullish(),
    home_team: z.string().nullish(),
    away_team: z.string().nullish(),
  })
  .describe("What an event was called, and when it was to begin, from then on.");

/** An event that is known. */
export const historyEventSchema = z
  .object({
    id: event,
    firstSeen: moment.describe("The first reading that had it, in ms since the epoch."),
    lastSeen: moment.describe("The last reading that had it, in ms since the epoch."),
    isListed: z.boolean().describe("Whether the last reading of the sport has it."),
    called: z.array(calledSchema).describe("All that it was called, oldest first: the last holds."),
  })
  .describe("An event that is or was on the board.");
/** See {@link historyEventSchema}. */
export type HistoryEvent = z.infer<typeof historyEventSchema>;

/** `GET /api/odds/history/events`. */
export const historyEventsSchema = z
  .object({
    events: z.array(historyEventSchema).describe("In the order in which they were first seen."),
    cursor,
  })
  .describe("The events of a sport that are known.");
/** See {@link historyEventsSchema}. */
export type HistoryEvents = z.infer<typeof historyEventsSchema>;

const priceFields = {
  price: z.number().describe("In the server's odds format."),
  point: z.number().nullable().describe("The line then; null where there is none."),
  at,
};
/** A price. */
export const historyPriceSchema = z.object(priceFields).describe("A price, and when it was first seen.");
const openingSchema = z
  .object({ ...priceFields, after })
  .describe("The first price seen. Where `after` is null or long before, it may have stood before that.");
const closingSchema = z
  .object({
    ...priceFields,
    seenAt: moment.describe("The last reading before the start, in ms since the epoch."),
    beforeStartMs: z
      .number()
      .describe("How long that was before the start, in ms: what came then is not known."),
    reason: reason
      .nullable()
      .describe("Why nobody looked nearer to the start, as a code; null where somebody did."),
  })
  .describe("The last price seen before the start.");
const noClosingSchema = z
  .object({
    reason: z
      .string()
      .describe(
        "As a code: `NOT_STARTED`, `NOT_OFFERED` (at the last reading before the start it was not on the board), " +
          "`NOT_SEEN` (the event was first seen after its start), or why nobody looked before it.",
      ),
  })
  .describe("Why there is no close.");
const extremes = { highest: historyPriceSchema, lowest: historyPriceSchema };

/** One side of a bet, over all that is known of it. */
export const historyLineSchema = z
  .object({
    bookmaker,
    market,
    name: z.string().describe("The outcome's name."),
    description: z
      .string()
      .nullable()
      .describe("Whom it is about, where the upstream says so; null otherwise."),
    opening: openingSchema,
    current: historyPriceSchema
      .nullable()
      .describe("As it stands at the last reading; null where it is not on the board."),
    ...extremes,
    beforeStart: z
      .object(extremes)
      .nullable()
      .describe("The same of what was seen before the start; null where nothing was."),
    closing: z
      .union([closingSchema, noClosingSchema])
      .describe("The last price before the start, or why there is none."),
  })
  .describe("One side of a bet: where several lines are offered at once, one line.");
/** See {@link historyLineSchema}. */
export type HistoryLine = z.infer<typeof historyLineSchema>;

/** `GET /api/odds/history/lines`. */
export const historyLinesSchema = z
  .object({
    event,
    start: moment
      .nullable()
      .describe("When the event begins or began, as last told; null where that is not known."),
    readAt: moment.describe("The last reading of the sport, in ms since the epoch."),
    lines: z.array(historyLineSchema),
  })
  .describe("Opening, current, highest, lowest and closing prices of an event.");
/** See {@link historyLinesSchema}. */
export type HistoryLines = z.infer<typeof historyLinesSchema>;

/** `GET /api/odds/history/status`. */
export const historyStatusSchema = z
  .object({
    engine: z.enum(["sqlite", "postgres"]),
    bytes: z.number().describe("What the store takes."),
    rows: z.number().int().describe("Rows in it."),
    oldest: moment.nullable().describe("The oldest reading that is kept; null where there is none."),
    queue: z
      .object({ readings: z.number().int(), bytes: z.number() })
      .describe("What is not stored yet, at the process that stores."),
    lastError: z
      .object({ at: moment, message: z.string().optional().describe("For operators.") })
      .nullable()
      .describe("When the store last failed; null where it did not since the start."),
  })
  .describe("How the history is.");
/** See {@link historyStatusSchema}. */
export type HistoryStatus = z.infer<typeof historyStatusSchema>;
