import { z } from "zod";
import type { SourceName } from "../config.js";
import type { Quota } from "../source-error.js";

/*
 * The shapes of The Odds API v4 (its guide: https://the-odds-api.com/liveapi/guides/v4/). Every object is
 * loose: keys that we do not know are the upstream's, and pass through to the client.
 */

/** A moment as the upstream writes it. */
export const momentSchema = z
  .union([z.string(), z.number()])
  .describe("A moment as the upstream writes it: ISO 8601, or unix seconds.");

const lastUpdate = momentSchema
  .nullish()
  .describe("When the upstream last read it. It moves all the time without any price moving.");

/** An upstream's moment in ms since the epoch; 0 where it cannot be read. */
export function momentInMs(moment: z.infer<typeof momentSchema>): number {
  return typeof moment === "number" ? moment * 1000 : Date.parse(moment) || 0;
}

/** One side of a bet. */
export const outcomeSchema = z
  .looseObject({
    name: z.string().describe("A team, a player, Draw, Over or Under."),
    price: z.number().describe("In the server's odds format, decimal or american."),
    point: z.number().nullish().describe("The line of a spread or total; 0 is a line."),
  })
  .describe("One side of a bet.");
/** See {@link outcomeSchema}. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** One bookmaker's offer on one question. */
export const marketSchema = z
  .looseObject({
    key: z.string().min(1).describe("The question: h2h, spreads, totals, outrights, …"),
    last_update: lastUpdate,
    outcomes: z
      .array(outcomeSchema)
      .describe("In no order that means anything: match them by name and point."),
  })
  .describe("One bookmaker's offer on one question.");
/** See {@link marketSchema}. */
export type Market = z.infer<typeof marketSchema>;

/** A bookmaker's markets on one event. */
export const bookmakerSchema = z
  .looseObject({
    key: z.string().min(1).describe("Its identity, such as fanduel."),
    title: z.string().nullish().describe("Its name for people, which may change."),
    last_update: lastUpdate,
    markets: z.array(marketSchema).describe("Any may be missing."),
  })
  .describe("A bookmaker's markets on one event.");
/** See {@link bookmakerSchema}. */
export type Bookmaker = z.infer<typeof bookmakerSchema>;

/** A game, fight or tournament. */
export const eventSchema = z
  .looseObject({
    id: z.string().min(1).describe("Its identity."),
    sport_key: z.string().nullish().describe("The sport's key."),
    sport_title: z.string().nullish().describe("The sport's name for people."),
    commence_time: momentSchema.describe("When it begins; once that has passed, it is in play."),
    home_team: z.string().nullish().describe("Null for outrights."),
    away_team: z.string().nullish().describe("Null for outrights."),
    bookmakers: z.array(bookmakerSchema).describe("May be empty."),
  })
  .describe("A game, fight or tournament.");
/** See {@link eventSchema}. */
export type OddsEvent = z.infer<typeof eventSchema>;

/** A sport or league that odds can be had for. */
export const sportSchema = z
  .looseObject({
    key: z.string().min(1).describe("What it is asked for by, such as basketball_nba."),
    group: z.string().describe("What it belongs to, such as Basketball."),
    title: z.string().describe("Its name for people."),
    description: z.string().describe("A few words on it."),
    active: z.boolean().describe("Whether it is in season."),
    has_outrights: z.boolean().describe("Whether its odds are on who wins a tournament."),
  })
  .describe("A sport or league that odds can be had for.");
/** See {@link sportSchema}. */
export type Sport = z.infer<typeof sportSchema>;

/** A market on a board, with when its prices changed. */
export const boardMarketSchema = marketSchema
  .extend({
    changed_at: z
      .string()
      .describe(
        "When this server first saw these outcomes (ISO 8601): when a price last changed, as far as it knows.",
      ),
  })
  .describe("One bookmaker's offer on one question, as it stands on a board.");
/** See {@link boardMarketSchema}. */
export type BoardMarket = z.infer<typeof boardMarketSchema>;

/** A bookmaker on a board. */
export const boardBookmakerSchema = bookmakerSchema
  .extend({ markets: z.array(boardMarketSchema).describe("Any may be missing.") })
  .describe("A bookmaker's markets on one event, as they stand on a board.");
/** See {@link boardBookmakerSchema}. */
export type BoardBookmaker = z.infer<typeof boardBookmakerSchema>;

/** An event on a board. */
export const boardEventSchema = eventSchema
  .extend({ bookmakers: z.array(boardBookmakerSchema).describe("May be empty.") })
  .describe(
    "A game, fight or tournament on a board, with keys that the upstream adds and this server does not know.",
  );
/** See {@link boardEventSchema}. */
export type BoardEvent = z.infer<typeof boardEventSchema>;

/**
 * The latest odds of one sport, and where they came from. `version` goes up by one whenever its content changes (anything but
 * `last_update`); `epoch` changes when versions start afresh. `fetchedAt` (ms since the epoch) is when the read
 * of the upstream that gave it began; `replayedAt`, only in a replay, is the recorded moment that it shows. Boards are
 * never changed in place.
 */
export interface Board {
  readonly sport: string;
  /** Where prices come from, as told to every client. */
  readonly source: SourceName;
  readonly epoch: string;
  readonly version: number;
  readonly events: readonly BoardEvent[];
  readonly fetchedAt: number;
  readonly replayedAt?: number | undefined;
}

/** How the reading of a board goes. */
export const statusSchema = z
  .enum(["live", "stale", "paused"])
  .describe(
    "`live`: read when planned. `stale`: the last read failed or is overdue, or nobody wanted the board for a while. `paused`: reading is stopped for now.",
  );
/** See {@link statusSchema}. */
export type Status = z.infer<typeof statusSchema>;

/**
 * What one read of the upstream gave: the events, and when the read began (ms since the epoch). `paid` is set where
 * the upstream was asked and credits were at stake: what the read should have cost. `quota`: what this very answer
 * said of the credits. `replayedAt` is set in a replay: the recorded moment (ms since the epoch) that it shows, and its
 * markets say themselves when they changed.
 */
export interface Reading {
  readonly events: readonly OddsEvent[];
  readonly fetchedAt: number;
  readonly replayedAt?: number | undefined;
  readonly paid?: { readonly predicted: number };
  readonly quota?: Quota | undefined;
}

/** Which board of a sport a process has. */
export interface BoardPosition {
  readonly version: number;
  readonly fetchedAt: number;
}
