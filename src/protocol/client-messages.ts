import { z } from "zod";

/* What a client may say, the same over Socket.IO and over the plain WebSocket. Over Socket.IO `type` is also the event's name. */

/** A sport's key as a client may write it; whether there is such a sport is not the wire's to know. */
export const sportKey = z
  .string({ error: "sport must be a string, such as basketball_nba" })
  .min(1, "sport must not be empty")
  .max(100, "sport is too long")
  .describe("A sport's key, such as basketball_nba. GET /api/odds/sports lists them.");

/** What the updates of a subscription are. */
export const updatesSchema = z
  .enum(["full", "delta"], { error: "updates must be full or delta" })
  .describe("`full`: the whole board each time. `delta`: the whole board once, then what changed.");
/** See {@link updatesSchema}. */
export type Updates = z.infer<typeof updatesSchema>;

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
            { epoch: z.string().max(100), version: z.number().int() },
            { error: "since must be {epoch, version}" },
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
        token: z.string({ error: "token must be a string" }).describe("A JSON Web Token."),
      })
      .describe(
        "Presents a token, where the server asks for one: the first at the plain WebSocket, or a new one before that ends.",
      ),
  ],
  { error: "type must be subscribe, unsubscribe, ping or auth" },
);
/** See {@link clientMessageSchema}. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;
