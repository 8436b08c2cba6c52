import { z } from "zod";
import { momentSchema } from "../board/model.js";

const readMomentSchema = z
  .union([momentSchema, z.null(), z.literal(false)])
  .describe("A `last_update`: a moment, null as the upstream wrote it, or false where there is none.");

const own = {
  fresh: z
    .literal(true)
    .optional()
    .describe("It came, or came back: drop what you hold under this key and begin with nothing."),
  after: z
    .string()
    .nullable()
    .optional()
    .describe(
      "It stands directly behind the one with this key; null: it is the first. Absent: it keeps its place.",
    ),
  fields: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "All of its own fields, in place of those you hold; but for its key, its list and `last_update`.",
    ),
};

/** What to do to one market. */
export const marketChangeSchema = z
  .object({ key: z.string(), ...own })
  .describe("What to do to one market. Its `fields` include its outcomes.");

/** What to do to one bookmaker of an event. */
export const bookmakerChangeSchema = z
  .object({
    key: z.string(),
    ...own,
    gone: z.array(z.string()).optional().describe("Keys of markets that left."),
    markets: z.array(marketChangeSchema).optional(),
  })
  .describe("What to do to one bookmaker of an event, and to its markets.");

/** What to do to one event. */
export const eventChangeSchema = z
  .object({
    id: z.string(),
    ...own,
    gone: z.array(z.string()).optional().describe("Keys of bookmakers that left."),
    bookmakers: z.array(bookmakerChangeSchema).optional(),
  })
  .describe("What to do to one event, and to its bookmakers.");

/** The `last_update`s of one bookmaker. */
export const readTrackSchema = z
  .object({
    of: z.array(z.string()).describe("Markets by key, and the bookmaker itself by an empty string."),
    runs: z
      .array(z.tuple([z.string().nullable(), readMomentSchema]))
      .describe("Each holds from the event with that id on (null: from the first), in the board's order."),
  })
  .describe("The `last_update`s of one bookmaker on all events of the board.");

/** What makes one board of another. */
export const changesSchema = z
  .object({
    gone: z.array(z.string()).optional().describe("Ids of events that left."),
    events: z.array(eventChangeSchema).optional().describe("In the order of the newer board."),
    read: z.record(z.string(), z.array(readTrackSchema)).optional().describe("By bookmaker key."),
  })
  .describe(
    "What makes one board of another, told in the values of the newer one, so that doing it twice does no harm. " +
      "What is not named stays as it is.",
  );
/** See {@link changesSchema}. */
export type Changes = z.infer<typeof changesSchema>;
