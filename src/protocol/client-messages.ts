import { z } from "zod";

/* What a client may say, the same over Socket.IO and over the plain WebSocket. Over Socket.IO `type` is also the event's name. */

const SPORT_KEY = "a string of 1 to 100 characters, such as basketball_nba";

/**
 * A sport's key as a client may write it; whether there is such a sport is not the wire's to know. Texts given as
 * `error` in what a client says are what the field must be: complaint.ts makes sentences of them.
 */
export const sportKey = z
  .string(SPORT_KEY)
  .min(1, SPORT_KEY)
  .max(100, SPORT_KEY)
  .describe("A sport's key, such as basketball_nba. GET /api/odds/sports lists them.");

/** What the updates of a subscription are. */
export const updatesSchema = z
  .enum(["full", "delta"], { error: "full or delta" })
  .describe("`full`: the whole board each time. `delta`: the whole board once, then what changed.");
/** See {@link updatesSchema}. */
export type Updates = z.infer<typeof updatesSchema>;

/** So many ids or keys a list of {@link onlySchema} may have, of so many characters each. */
export const LISTED = { most: 100, characters: 100 } as const;
const WORD = `a string of 1 to ${LISTED.characters} characters`;
const LISTS = "`events`, `bookmakers`, `markets`";
const AN_OBJECT = `an object with one at least of ${LISTS}`;

const list = (of: string) => {
  const wanted = `a list of 1 to ${LISTED.most} ${of}`;
  return z
    .array(z.string(WORD).min(1, WORD).max(LISTED.characters, WORD), wanted)
    .min(1, wanted)
    .max(LISTED.most, wanted)
    .optional();
};

/** The view that a client asks for: of each level the listed ones only. */
export const onlySchema = z
  .strictObject(
    {
      events: list("ids of events").describe("Ids of events; without it all of them."),
      bookmakers: list("keys of bookmakers").describe("Keys of bookmakers; without it all of them."),
      markets: list("keys of markets").describe("Keys of markets; without it all of them."),
    },
    { error: ({ code }) => (code === "unrecognized_keys" ? `there are ${LISTS}` : AN_OBJECT) },
  )
  .refine((lists) => Object.values(lists).some((words) => words !== undefined), { error: AN_OBJECT })
  .meta({ minProperties: 1 })
  .describe("A view: the board without what is not listed. What is listed and not on the board may come.");
/** See {@link onlySchema}. */
export type Only = z.infer<typeof onlySchema>;

const EPOCH = "a string of at most 100 characters, as the board that you hold has it";
const VERSION = "a whole number, 0 or more, as the board that you hold has it";

/** What a client may say; fields beyond these are ignored, but for those in `only`. */
export const clientMessageSchema = z.discriminatedUnion(
  "type",
  [
    z
      .object({
        type: z.literal("subscribe"),
        sport: sportKey,
        updates: updatesSchema.default("full"),
        since: z
          .object(
            { epoch: z.string(EPOCH).max(100, EPOCH), version: z.int(VERSION).min(0, VERSION) },
            { error: "an object {epoch, version}, as the board that you hold has them" },
          )
          .optional()
          .describe("For `delta`: the board you hold already, to be told only what you missed since."),
        only: onlySchema.optional(),
      })
      .describe(
        "Asks for a sport: an acknowledgement, then its board at once where one is known, and each tick.",
      ),
    z.object({ type: z.literal("unsubscribe"), sport: sportKey }).describe("Wants a sport no more."),
    z.object({ type: z.literal("ping") }).describe("Asks whether anybody is there."),
    z
      .object({
        type: z.literal("auth"),
        token: z.string("a string: a JSON Web Token").describe("A JSON Web Token."),
      })
      .describe(
        "Presents a token, where the server asks for one: the first at the plain WebSocket, or a new one before that ends.",
      ),
  ],
  { error: "subscribe, unsubscribe, ping or auth (with Socket.IO the event's name says it)" },
);
/** See {@link clientMessageSchema}. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;
