import { z } from "zod";
import type { SourceName } from "../config.js";
import type { Quota } from "../source-error.js";

/*
 * The shapes of The Odds API v4 (its guide: https://the-odds-api.com/liveapi/guides/v4/). Every object is
 * loose: keys that we do not know are the upstream's, and pass through to the client.
 */

/** A moment as the upstream writes it: ISO 8601 (`dateFormat=iso`) or unix seconds (`dateFormat=unix`). */
export const momentSchema = z.union([z.string(), z.number()]);

/** An upstream's moment in ms since the epoch; 0 where it cannot be read. */
export function momentInMs(moment: z.infer<typeof momentSchema>): number {
  return typeof moment === "number" ? moment * 1000 : Date.parse(moment) || 0;
}

/** One side of a bet: `price` in the configured odds format, `point` the line of a spread or total (0 is a line). */
export const outcomeSchema = z.looseObject({
  name: z.string(),
  price: z.number(),
  point: z.number().nullish(),
});
/** See {@link outcomeSchema}. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** One bookmaker's offer on one question (`h2h`, `spreads`, …). `last_update` means last read, not last changed. */
export const marketSchema = z.looseObject({
  key: z.string().min(1),
  last_update: momentSchema.nullish(),
  outcomes: z.array(outcomeSchema),
});
/** See {@link marketSchema}. */
export type Market = z.infer<typeof marketSchema>;

/** A bookmaker's markets on one event. Its `key` is its identity; its `title` may change. */
export const bookmakerSchema = z.looseObject({
  key: z.string().min(1),
  title: z.string().nullish(),
  last_update: momentSchema.nullish(),
  markets: z.array(marketSchema),
});
/** See {@link bookmakerSchema}. */
export type Bookmaker = z.infer<typeof bookmakerSchema>;

/** A game, fight or tournament. Teams are null for outrights; it is in play once `commence_time` has passed. */
export const eventSchema = z.looseObject({
  id: z.string().min(1),
  sport_key: z.string().nullish(),
  sport_title: z.string().nullish(),
  commence_time: momentSchema,
  home_team: z.string().nullish(),
  away_team: z.string().nullish(),
  bookmakers: z.array(bookmakerSchema),
});
/** See {@link eventSchema}. */
export type OddsEvent = z.infer<typeof eventSchema>;

/** A sport or league that odds can be had for. */
export const sportSchema = z.looseObject({
  key: z.string().min(1),
  group: z.string(),
  title: z.string(),
  description: z.string(),
  active: z.boolean(),
  has_outrights: z.boolean(),
});
/** See {@link sportSchema}. */
export type Sport = z.infer<typeof sportSchema>;

/** A market on a board: `changed_at` (ISO 8601) is when this server first saw these outcomes. */
export const boardMarketSchema = marketSchema.extend({ changed_at: z.string() });
/** See {@link boardMarketSchema}. */
export type BoardMarket = z.infer<typeof boardMarketSchema>;

/** A bookmaker on a board. */
export const boardBookmakerSchema = bookmakerSchema.extend({ markets: z.array(boardMarketSchema) });
/** See {@link boardBookmakerSchema}. */
export type BoardBookmaker = z.infer<typeof boardBookmakerSchema>;

/** An event on a board. */
export const boardEventSchema = eventSchema.extend({ bookmakers: z.array(boardBookmakerSchema) });
/** See {@link boardEventSchema}. */
export type BoardEvent = z.infer<typeof boardEventSchema>;

/**
 * The latest odds of one sport, and where they came from. `version` goes up by one whenever its content changes (anything but
 * `last_update`); `epoch` changes when versions start afresh. `fetchedAt` (ms since the epoch) is when the read
 * of the upstream that gave it began. Boards are never changed in place.
 */
export interface Board {
  readonly sport: string;
  /** Where prices come from, as told to every client. */
  readonly source: SourceName;
  readonly epoch: string;
  readonly version: number;
  readonly events: readonly BoardEvent[];
  readonly fetchedAt: number;
}

/** `live`: read when planned. `stale`: the last read failed or is overdue. `paused`: reading is stopped. */
export const statusSchema = z.enum(["live", "stale", "paused"]);
/** See {@link statusSchema}. */
export type Status = z.infer<typeof statusSchema>;

/**
 * What one read of the upstream gave: the events, and when the read began (ms since the epoch). `paid` is set where
 * the upstream was asked and credits were at stake: what the read should have cost. `quota`: what this very answer
 * said of the credits.
 */
export interface Reading {
  readonly events: readonly OddsEvent[];
  readonly fetchedAt: number;
  readonly paid?: { readonly predicted: number };
  readonly quota?: Quota | undefined;
}

/** Which board of a sport a process has. */
export interface BoardPosition {
  readonly version: number;
  readonly fetchedAt: number;
}
