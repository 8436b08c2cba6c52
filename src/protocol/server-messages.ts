import { z } from "zod";
import { boardEventSchema, statusSchema } from "../board/model.js";
import { sourceNameSchema } from "../config.js";
import { onlySchema, updatesSchema } from "./client-messages.js";
import { changesSchema } from "./delta.js";
import { errorFields } from "./error-codes.js";

/* What a client is told, the same over Socket.IO and over the plain WebSocket. Over Socket.IO `type` is also the event's name. */

const timestamp = z.number().describe("When this was made ready for sending, in ms since the epoch.");
const sport = z.string().describe("The sport's key.");
const epoch = z
  .string()
  .describe("Names the count of versions; versions of different epochs cannot be compared.");
const version = z
  .number()
  .int()
  .describe("Goes up by one whenever the board's content changes: anything but `last_update`.");

/** Why a whole board follows on a subscription. */
export const resyncSchema = z
  .enum(["NEW", "EPOCH_CHANGED", "TOO_OLD"])
  .describe(
    "Why the whole board follows. `NEW`: no `since` was given. `EPOCH_CHANGED`: versions started afresh. " +
      "`TOO_OLD`: the steps since are forgotten, or more than a board.",
  );
/** See {@link resyncSchema}. */
export type Resync = z.infer<typeof resyncSchema>;

/** A subscription stands. */
export const subscriptionAckSchema = z
  .object({
    type: z.literal("subscription_ack"),
    timestamp,
    sport,
    room: z.string().describe("The sport's room: `odds:` and its key."),
    updates: updatesSchema,
    updateFrequency: z.number().describe("The time between two updates, in ms."),
    maxMessagesPerSecond: z.number().describe("How many messages a connection may send within a second."),
    epoch,
    version: version.nullable().describe("The version of the board that is known; null before the first."),
    recovered: z
      .boolean()
      .optional()
      .describe(
        "Only for `delta`: whether the changes since `since` follow (true), or the whole board (false).",
      ),
    resync: resyncSchema.optional(),
    only: onlySchema
      .optional()
      .describe("The view that was asked for, its lists sorted; absent where it is the whole board."),
  })
  .describe("A subscription stands: what its updates will be, and from which board they go on.");

/** A subscription ended. */
export const unsubscriptionAckSchema = z
  .object({ type: z.literal("unsubscription_ack"), timestamp, sport })
  .describe("A subscription ended, or there was none.");

const boardHead = {
  timestamp,
  sport,
  epoch,
  version,
  fetchedAt: z
    .number()
    .describe(
      "When the upstream was last read, in ms since the epoch. `timestamp - fetchedAt` is the board's age.",
    ),
  nextFetchAt: z
    .number()
    .describe(
      "When the upstream is read next for this sport, if somebody wants it then; ms since the epoch.",
    ),
  source: sourceNameSchema,
  replayedAt: z
    .number()
    .optional()
    .describe(
      "Only where `source` is `replay`: the recorded moment that the board shows, in ms since the epoch. What is in play, " +
        "and how long ago a price changed, is reckoned from it.",
    ),
  status: statusSchema,
  reason: z
    .string()
    .nullable()
    .describe(
      "Why the status is not `live`, as a code; null while it is. `NOT_WATCHED`: nobody wanted the sport for a while, so " +
        "that this board is old; it is being read, and the next one is live.",
    ),
};

/** What is known of a sport now. */
export const oddsUpdateSchema = z
  .object({
    type: z.literal("odds_update"),
    ...boardHead,
    odds: z.array(boardEventSchema).readonly().describe("The events; may be empty."),
  })
  .describe("What is known of a sport now, changed or not. Replaces all that you hold of it.");

/** What changed on a board. */
export const oddsDeltaSchema = z
  .object({
    type: z.literal("odds_delta"),
    ...boardHead,
    from: version.describe("The version that it begins at."),
    changes: changesSchema,
    conflated: z.literal(true).optional().describe("It merges several versions."),
  })
  .describe(
    "What changed since version `from`; sent each tick, even with nothing changed, as it carries the data's age. To be " +
      "applied to any board of the same epoch whose version is `from` or later, and not later than `version`.",
  );

/** Something did not work. */
export const errorMessageSchema = z
  .object({
    type: z.literal("error"),
    timestamp,
    ...errorFields,
    sport: sport.optional().describe("The sport that it concerns, where it concerns one."),
  })
  .describe("Something did not work: a message was refused, or a sport could not be read.");

/** The answer to `ping`. */
export const pongSchema = z
  .object({ type: z.literal("pong"), timestamp })
  .describe("The answer to a `ping`.");

/** The connection's token is taken. */
export const authAckSchema = z
  .object({
    type: z.literal("auth_ack"),
    timestamp,
    sub: z
      .string()
      .nullable()
      .describe("Whose token it is; null where it names nobody, or where this server asks for none."),
    expiresAt: z
      .number()
      .nullable()
      .describe("When it ends, in ms since the epoch; null where this server asks for none."),
  })
  .describe("The connection's token is taken: the connection may go on until that ends.");

/** The server goes down. */
export const reconnectSchema = z
  .object({
    type: z.literal("reconnect"),
    timestamp,
    delayMs: z.number().describe("The connection ends in so many ms."),
  })
  .describe("The server goes down: connect again when the connection ends, or before; there is another one.");

/** All that a client is told. */
export const serverMessageSchema = z.discriminatedUnion("type", [
  subscriptionAckSchema,
  unsubscriptionAckSchema,
  oddsUpdateSchema,
  oddsDeltaSchema,
  errorMessageSchema,
  pongSchema,
  authAckSchema,
  reconnectSchema,
]);

/** See {@link subscriptionAckSchema}. */
export type SubscriptionAck = z.infer<typeof subscriptionAckSchema>;
/** See {@link unsubscriptionAckSchema}. */
export type UnsubscriptionAck = z.infer<typeof unsubscriptionAckSchema>;
/** See {@link oddsUpdateSchema}; its events are the board's own, not to be changed. */
export type OddsUpdate = z.infer<typeof oddsUpdateSchema>;
/** See {@link oddsDeltaSchema}. */
export type OddsDelta = z.infer<typeof oddsDeltaSchema>;
/** See {@link errorMessageSchema}. */
export type ErrorMessage = z.infer<typeof errorMessageSchema>;
/** See {@link pongSchema}. */
export type Pong = z.infer<typeof pongSchema>;
/** See {@link authAckSchema}. */
export type AuthAck = z.infer<typeof authAckSchema>;
/** See {@link reconnectSchema}. */
export type Reconnect = z.infer<typeof reconnectSchema>;
/** See {@link serverMessageSchema}. */
export type ServerMessage =
  | SubscriptionAck
  | UnsubscriptionAck
  | OddsUpdate
  | OddsDelta
  | ErrorMessage
  | Pong
  | AuthAck
  | Reconnect;
