import type { OddsEvent } from "../../src/board/model.js";

/** A board of about 300 KB: 100 games, 10 bookmakers, 3 markets; `step` moves one price in a hundred. */
export function bigBoard(step: number): OddsEvent[] {
  const read = new Date(1_795_000_000_000 + step * 5000).toISOString().replace(".000", "");
  const price = (game: number) =>
    1.5 + ((game * 7) % 50) / 100 + (game % 100 === step % 100 ? step / 1000 : 0);
  return Array.from({ length: 100 }, (_, game) => ({
    id: game.toString(16).padStart(32, "0"),
    sport_key: "americanfootball_nfl",
    sport_title: "NFL",
    commence_time: "2026-11-23T18:00:00Z",
    home_team: `Home ${game}`,
    away_team: `Away ${game}`,
    bookmakers: Array.from({ length: 10 }, (_, book) => ({
      key: `bookmaker${book}`,
      title: `Bookmaker ${book}`,
      last_update: read,
      markets: ["h2h", "spreads"].map((key) => ({
        key,
        last_update: read,
        outcomes: [
          { name: `Away ${game}`, price: price(game) },
          { name: `Home ${game}`, price: 2 },
        ],
      })),
    })),
  }));
}
