import { z } from "zod";
import { momentSchema } from "../board/model.js";

/** A `last_update`: a moment, null as the upstream wrote it, or false where there is none. */
const readMomentSchema = z.union([momentSchema, z.null(), z.literal(false)]);

const own = {
  /** It came (or came back): drop what you hold under this key and begin with nothing. */
  fresh: z.literal(true).optional(),
  /** It stands behind the one with this key; null: it is the first. Absent: it stays where it is among the others. */
  after: z.string().nullable().optional(),
  /** All of its own fields, in place of those you hold; but for its list and `last_update`. */
  fields: z.record(z.string(), z.unknown()).optional(),
};

/** What to do to one market. Its `fields` include its outcomes. */
const marketChangeSchema = z.object({ key: z.string(), ...own });
/** What to do to one bookmaker of an event, and to its markets. */
const bookmakerChangeSchema = z.object({
  key: z.string(),
  ...own,
  gone: z.array(z.string()).optional(),
  markets: z.array(marketChangeSchema).optional(),
});
/** What to do to one event, and to its bookmakers. */
const eventChangeSchema = z.object({
  id: z.string(),
  ...own,
  gone: z.array(z.string()).optional(),
  bookmakers: z.array(bookmakerChangeSchema).optional(),
});

/**
 * The `last_update`s of one bookmaker on all events of the board: `of` names markets, and by "" the bookmaker itself;
 * each run holds from the event with that id on (null: from the first), in the board's order.
 */
const readTrackSchema = z.object({
  of: z.array(z.string()),
  runs: z.array(z.tuple([z.string().nullable(), readMomentSchema])),
});

/** What makes one board of another: all of it in the words of the newer one, so that doing it twice does no harm. */
export const changesSchema = z.object({
  /** Events that left. */
  gone: z.array(z.string()).optional(),
  /** In the order of the newer board. */
  events: z.array(eventChangeSchema).optional(),
  /** By bookmaker key. */
  read: z.record(z.string(), z.array(readTrackSchema)).optional(),
});
/** See {@link changesSchema}. */
export type Changes = z.infer<typeof changesSchema>;
