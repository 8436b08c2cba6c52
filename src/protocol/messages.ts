import { z } from "zod";
import { type BoardEvent, boardEventSchema, statusSchema } from "../board/model.js";
import { sourceNameSchema } from "../config.js";
import { type Changes, changesSchema } from "./delta.js";
import { errorFields } from "./error-codes.js";

export type { BoardEvent, Changes };

/*
 * The wire, once: what a client may say and what it is told, the same over Socket.IO and over the plain WebSocket.
 * Over Socket.IO `type` is also the event's name.
 */

/** The Socket.IO room of a sport. */
export const room = (sport: string): `odds:${string}` => `odds:${sport}`;

/** Socket.IO's namespace and the plain WebSocket's path. */
export const ODDS_PATH = "/odds";

/** The largest message taken from a client, in bytes. */
export const MAX_MESSAGE_BYTES = 16 * 1024;

/** Why a plain WebSocket is closed (RFC 6455, section 7.4.1; 3000 is in IANA's registry). A Socket.IO transport is closed without a code. */
export const CLOSE = {
  policy: 1008,
  tooLarge: 1009,
  restart: 1012,
  tooSlow: 1013,
  unauthorized: 3000,
} as const;

/** Why a plain WebSocket is closed with each of the close codes. */
export const CLOSE_MEANS: Readonly<Record<keyof typeof CLOSE, string>> = {
  policy:
    "Far too many messages within a second, after an `error` with RATE_LIMITED; or one in too many fragments.",
  tooLarge: "A message was too large.",
  restart: "The server is restarting, after an `error` with SHUTTING_DOWN and a `reconnect`: connect again.",
  tooSlow: "Answers were left unread while more was sent. Connect again.",
  unauthorized:
    "There is no token, or it is not valid, or it has ended, after an `error` with UNAUTHORIZED or TOKEN_EXPIRED.",
};

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
  status: statusSchema,
  reason: z.string().nullable().describe("Why the status is not `live`, as a code; null while it is."),
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

const ok = { ok: z.literal(true) };

/** What a Socket.IO callback is given. */
export const answerSchema = z
  .union([
    subscriptionAckSchema.extend(ok),
    unsubscriptionAckSchema.extend(ok),
    pongSchema.extend(ok),
    authAckSchema.extend(ok),
    z.object({ ok: z.literal(false), error: z.object(errorFields) }),
  ])
  .describe("What a Socket.IO callback is given: the fields of the answering event, or why it was refused.");

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

/** See {@link answerSchema}. */
export type Answer = z.infer<typeof answerSchema>;

/** Socket.IO's events from the server: named by `type`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
  subscribe(
    message: { sport: string; updates?: Updates; since?: { epoch: string; version: number } },
    callback?: (answer: Answer) => void,
  ): void;
  unsubscribe(message: { sport: string }, callback?: (answer: Answer) => void): void;
  auth(message: { token: string }, callback?: (answer: Answer) => void): void;
  message(message: z.input<typeof clientMessageSchema>, callback?: (answer: Answer) => void): void;
}
