import { z } from "zod";
import { type BoardEvent, boardEventSchema, statusSchema } from "../board/model.js";
import { sourceNameSchema } from "../config.js";
import { ERROR_STATUS, type ErrorCode, type PublicError } from "../errors.js";
import { type Changes, changesSchema } from "./delta.js";

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

/** Why a plain WebSocket is closed (RFC 6455, section 7.4.1). A Socket.IO transport is closed without a code. */
export const CLOSE = { policy: 1008, tooLarge: 1009, restart: 1012, tooSlow: 1013 } as const;

/** A sport's key as a client may write it; whether there is such a sport is not the wire's to know. */
const sportKey = z
  .string({ error: "sport must be a string, such as basketball_nba" })
  .min(1, "sport must not be empty")
  .max(100, "sport is too long");

/** `full`: the whole board each time. `delta`: the whole board once, then what changed. */
export const updatesSchema = z.enum(["full", "delta"], { error: "updates must be full or delta" });
/** See {@link updatesSchema}. */
export type Updates = z.infer<typeof updatesSchema>;

/** What a client may say; fields beyond these are ignored. */
export const clientMessageSchema = z.discriminatedUnion(
  "type",
  [
    z.object({
      type: z.literal("subscribe"),
      sport: sportKey,
      updates: updatesSchema.default("full"),
      since: z
        .object(
          { epoch: z.string().max(100), version: z.number().int() },
          { error: "since must be {epoch, version}" },
        )
        .optional(),
    }),
    z.object({ type: z.literal("unsubscribe"), sport: sportKey }),
    z.object({ type: z.literal("ping") }),
  ],
  { error: "type must be subscribe, unsubscribe or ping" },
);
/** See {@link clientMessageSchema}. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;

const timestamp = z.number();
const version = z.number().int();

/** `NEW`: no `since` was given. `EPOCH_CHANGED`: versions started afresh. `TOO_OLD`: the steps since are forgotten, or more than a board. */
export const resyncSchema = z.enum(["NEW", "EPOCH_CHANGED", "TOO_OLD"]);
/** See {@link resyncSchema}. */
export type Resync = z.infer<typeof resyncSchema>;

/** A subscription stands: what its updates will be, and from which board they go on. */
export const subscriptionAckSchema = z.object({
  type: z.literal("subscription_ack"),
  timestamp,
  sport: z.string(),
  room: z.string(),
  updates: updatesSchema,
  /** The time between two updates, in ms. */
  updateFrequency: z.number(),
  /** How many messages a connection may send within a second. */
  maxMessagesPerSecond: z.number(),
  epoch: z.string(),
  /** Null before the first board. */
  version: version.nullable(),
  /** Only for `delta`: whether the changes missed since `since` follow (true), or the whole board (false). */
  recovered: z.boolean().optional(),
  /** Why the whole board follows. */
  resync: resyncSchema.optional(),
});

/** A subscription ended. */
export const unsubscriptionAckSchema = z.object({
  type: z.literal("unsubscription_ack"),
  timestamp,
  sport: z.string(),
});

const boardHead = {
  timestamp,
  sport: z.string(),
  epoch: z.string(),
  version,
  /** When the upstream was last read, in ms since the epoch. */
  fetchedAt: z.number(),
  /** When the upstream is read next for this sport, in ms since the epoch. */
  nextFetchAt: z.number(),
  source: sourceNameSchema,
  status: statusSchema,
  reason: z.string().nullable(),
};

/** What is known of a sport now, changed or not. */
export const oddsUpdateSchema = z.object({
  type: z.literal("odds_update"),
  ...boardHead,
  odds: z.array(boardEventSchema),
});

/**
 * What changed since version `from`; sent each tick, even with nothing changed, as it carries the data's age. To be
 * applied to any board of the same epoch whose version is `from` or later.
 */
export const oddsDeltaSchema = z.object({
  type: z.literal("odds_delta"),
  ...boardHead,
  from: version,
  changes: changesSchema,
  /** It merges several steps. */
  conflated: z.literal(true).optional(),
});

/** Something did not work; `sport` where it concerns one. */
export const errorMessageSchema = z.object({
  type: z.literal("error"),
  timestamp,
  code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
  sport: z.string().optional(),
  message: z.string(),
});

/** The answer to a plain WebSocket's `ping`. */
export const pongSchema = z.object({ type: z.literal("pong"), timestamp });

/** The server goes down: the connection ends in `delayMs`; connect again then, there is another one. */
export const reconnectSchema = z.object({ type: z.literal("reconnect"), timestamp, delayMs: z.number() });

/** All that a client is told. */
export const serverMessageSchema = z.discriminatedUnion("type", [
  subscriptionAckSchema,
  unsubscriptionAckSchema,
  oddsUpdateSchema,
  oddsDeltaSchema,
  errorMessageSchema,
  pongSchema,
  reconnectSchema,
]);

/** See {@link subscriptionAckSchema}. */
export type SubscriptionAck = z.infer<typeof subscriptionAckSchema>;
/** See {@link unsubscriptionAckSchema}. */
export type UnsubscriptionAck = z.infer<typeof unsubscriptionAckSchema>;
/** See {@link oddsUpdateSchema}; its events are the board's own, not to be changed. */
export type OddsUpdate = Omit<z.infer<typeof oddsUpdateSchema>, "odds"> & {
  readonly odds: readonly BoardEvent[];
};
/** See {@link oddsDeltaSchema}. */
export type OddsDelta = z.infer<typeof oddsDeltaSchema>;
/** See {@link errorMessageSchema}. */
export type ErrorMessage = z.infer<typeof errorMessageSchema>;
/** See {@link pongSchema}. */
export type Pong = z.infer<typeof pongSchema>;
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
  | Reconnect;

/** What a Socket.IO callback is given. */
export type Answer =
  | ({ ok: true } & (SubscriptionAck | UnsubscriptionAck | Pong))
  | { ok: false; error: PublicError };

/** Socket.IO's events from the server: named by `type`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
  subscribe(
    message: { sport: string; updates?: Updates; since?: { epoch: string; version: number } },
    callback?: (answer: Answer) => void,
  ): void;
  unsubscribe(message: { sport: string }, callback?: (answer: Answer) => void): void;
  message(message: z.input<typeof clientMessageSchema>, callback?: (answer: Answer) => void): void;
}
