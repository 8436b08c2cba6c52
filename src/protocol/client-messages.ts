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

const EPOCH = "a string of at most 100 characters, as the board that you hold has it";
const VERSION = "a whole number, 0 or more, as the board that you hold has it";

/** What a client may say; fields beyond these are ignored. */
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
