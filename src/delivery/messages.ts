import type { Delta } from "../board/store.js";
import type { Config } from "../config.js";
import { AppError, type PublicError, publicError } from "../errors.js";
import type { BoardView } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import { type ClientMessage, clientMessageSchema } from "../protocol/client-messages.js";
import { complaint } from "../protocol/complaint.js";
import type {
  AuthAck,
  ErrorMessage,
  OddsDelta,
  OddsUpdate,
  Reconnect,
  SubscriptionAck,
} from "../protocol/server-messages.js";
import { room } from "../protocol/socketio-events.js";
import type { Claims } from "./claims.js";
import type { Subscription } from "./subscription.js";

/** What a client said, checked. Throws an `AppError` (`INVALID_MESSAGE`) that says what is wrong with it. */
export function clientMessage(said: unknown): ClientMessage {
  const parsed = clientMessageSchema.safeParse(said);
  if (parsed.success) return parsed.data;
  throw AppError.invalidMessage(
    complaint(parsed.error, said) ??
      'A message is a JSON object such as {"type": "subscribe", "sport": "basketball_nba"}.',
  );
}

/** The sport that a message is about, well-formed or not, for the error that answers it. */
export function sportOf(said: unknown): string | undefined {
  const sport = said !== null && typeof said === "object" && "sport" in said ? said.sport : undefined;
  return typeof sport === "string" && sport.length <= 100 ? sport : undefined;
}

/** The `subscription_ack` of a subscription, with the position of its sport's board, stamped now. */
export function subscriptionAck(
  feed: OddsFeed,
  sport: string,
  { updates, resync, view }: Subscription,
  { MAX_MESSAGES_PER_SECOND }: Pick<Config, "MAX_MESSAGES_PER_SECOND">,
): SubscriptionAck {
  return {
    type: "subscription_ack",
    timestamp: feed.now(),
    sport,
    room: room(sport),
    updates,
    updateFrequency: feed.tickMs,
    maxMessagesPerSecond: MAX_MESSAGES_PER_SECOND,
    epoch: feed.epoch(sport),
    version: feed.version(sport) ?? null,
    ...(updates === "delta" ? { recovered: resync === null, ...(resync ? { resync } : {}) } : {}),
    ...(view ? { only: view.only } : {}),
  };
}

/** The `auth_ack` of these claims, stamped now; without any: of a server that asks for no token. */
export function authAck(feed: OddsFeed, claims?: Claims): AuthAck {
  return {
    type: "auth_ack",
    timestamp: feed.now(),
    sub: claims?.sub ?? null,
    expiresAt: claims?.expiresAt ?? null,
  };
}

/** The `odds_update` of a board, stamped with when it was looked at, but for its `odds`. */
export function oddsUpdate(view: BoardView): Omit<OddsUpdate, "odds"> {
  return { type: "odds_update", ...head(view) };
}

/** The `odds_delta` that leads to a board, stamped with when that was looked at. */
export function oddsDelta(view: BoardView, { from, steps, changes }: Delta): OddsDelta {
  return {
    type: "odds_delta",
    ...head(view),
    from,
    ...(steps > 1 ? { conflated: true as const } : {}),
    changes,
  };
}

function head(view: BoardView) {
  const { seenAt, sport, epoch, version, fetchedAt, nextFetchAt, source, status, reason, replayedAt } = view;
  const replayed = replayedAt === undefined ? {} : { replayedAt };
  return {
    timestamp: seenAt,
    sport,
    epoch,
    version,
    fetchedAt,
    nextFetchAt,
    source,
    ...replayed,
    status,
    reason,
  };
}

/** The `error` message of anything thrown, stamped now. */
export function errorMessage(thrown: unknown, sport?: string): ErrorMessage {
  const { code, message }: PublicError = publicError(thrown);
  return { type: "error", timestamp: Date.now(), code, message, ...(sport === undefined ? {} : { sport }) };
}

/** The `reconnect` notice, stamped now. */
export function reconnectMessage(delayMs: number): Reconnect {
  return { type: "reconnect", timestamp: Date.now(), delayMs };
}
