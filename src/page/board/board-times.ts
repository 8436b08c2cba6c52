import type { Bookmaker, ClientBoard, Market } from "../../client/index.js";

/*
 * What time it is for a board, when the upstream read its prices, and from when on they are too old.
 */

/**
 * A bookmaker whose prices the upstream had not read for so long (ms) when the board was read is stale: it reads games
 * at least once a minute, and tournaments every five.
 */
const STALE_AFTER_MS = { game: 5 * 60_000, tournament: 30 * 60_000 };

/** What time it is for a board, in ms since the epoch: by the server's clock, and in a replay in what it plays. */
export function nowOf({ replayedAt, fetchedAt }: ClientBoard, ageMs: number | null): number {
  return (replayedAt ?? fetchedAt) + (ageMs ?? 0);
}

/** When an upstream's time is, in ms since the epoch: it writes ISO 8601 or unix seconds. NaN for what is neither. */
export function inMs(time: string | number | null | undefined): number {
  return typeof time === "number" ? time * 1000 : Date.parse(time ?? "");
}

/** When the upstream last read a bookmaker's market, in ms since the epoch; null where it does not say. */
export function readAtOf(bookmaker: Bookmaker, market: Market | undefined): number | null {
  const at = inMs(market?.last_update ?? bookmaker.last_update);
  return Number.isNaN(at) ? null : at;
}

/** Whether the upstream had not read a bookmaker's market for so long when the board was read that it counts for nothing. */
export function isOutdated(bookmaker: Bookmaker, market: string, readMs: number): boolean {
  const patienceMs = market === "outrights" ? STALE_AFTER_MS.tournament : STALE_AFTER_MS.game;
  const readAt = readAtOf(
    bookmaker,
    bookmaker.markets.find(({ key }) => key === market),
  );
  return readAt !== null && readMs - readAt > patienceMs;
}
