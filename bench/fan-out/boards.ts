import type { OddsEvent } from "../../src/board/model.js";
import { BOOKMAKERS, type BookmakerHabits } from "../../src/sources/simulated/bookmakers.js";
import { Game } from "../../src/sources/simulated/game.js";
import { LEAGUES } from "../../src/sources/simulated/leagues.js";
import { isoSeconds, Offer, ReadingRhythm } from "../../src/sources/simulated/offers.js";
import { Dice } from "../../src/sources/simulated/random.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../../test/helpers/recorded.js";

/** Gives a sport's next board. */
export type Succession = () => readonly OddsEvent[];

/** A kind of board: what it is called, whose it is, and how to begin its succession anew. */
export interface Kind {
  readonly name: string;
  readonly sport: string;
  begin(): Succession;
}

const STEP_MS = 5000;
const HOUR = 3_600_000;
/** Recorded within one hour; those behind them are days apart. */
const RECORDED_HOUR = 14;

/** Six more bookmakers than the simulation has. */
const MORE: readonly BookmakerHabits[] = [
  "fliff",
  "betparx",
  "rebet",
  "betanysports",
  "tipico_us",
  "windcreek",
].map((key, i) => {
  const like = BOOKMAKERS[2 * i];
  if (!like) throw new RangeError("Too few bookmakers.");
  return { ...like, key, title: key, margin: like.margin + 0.003 };
});

/** The simulation's games and offers, 40 games by 20 bookmakers: ten in play, a step of 5 s from board to board. */
export const simulated: Kind = {
  name: "simulated 40x20",
  sport: "basketball_nba",
  begin: () => {
    const league = LEAGUES.find(({ sport }) => sport.key === "basketball_nba");
    if (!league) throw new RangeError("The simulation has no NBA.");
    const dice = new Dice(7);
    let at = 1_795_000_000_000;
    const bookmakers = [...BOOKMAKERS, ...MORE].map((habits) => ({
      habits,
      rhythm: new ReadingRhythm(at, true, dice.roll(), dice),
    }));
    const sides = [...new Set(LEAGUES.flatMap(({ pools }) => pools.flat()))];
    const games = Array.from({ length: 40 }, (_, i) => {
      const commence = i < 10 ? at - dice.between(0.1, 0.6) * HOUR : at + dice.between(1, 48) * HOUR;
      const [home = "", away = ""] = sides.slice(2 * i, 2 * i + 2);
      const game = new Game(league, home, away, commence, at, 2 * dice.gauss(), dice);
      game.advance(at);
      const offers = bookmakers.map(({ habits, rhythm }) => new Offer(habits, game, rhythm, "decimal", dice));
      return { game, offers };
    });
    return () => {
      at += STEP_MS;
      const read = new Set(bookmakers.map(({ rhythm }) => rhythm).filter((rhythm) => rhythm.due(at, true)));
      return games.map(({ game, offers }) => {
        game.advance(at);
        const outlook = game.outlook();
        for (const offer of offers) if (read.has(offer.rhythm)) offer.advance(at, outlook);
        return {
          id: game.id,
          sport_key: league.sport.key,
          sport_title: league.sport.title,
          commence_time: isoSeconds(game.commence),
          home_team: game.home,
          away_team: game.away,
          bookmakers: offers.flatMap((offer) => offer.show(at) ?? []),
        };
      });
    };
  },
};

/** The recorded NFL hour, played forwards and backwards; undefined, having said so, where it is not there. */
export function recorded(say: (line: string) => void): Kind | undefined {
  if (!haveRecordings) {
    say(`nfl_spreads: ${NO_RECORDINGS}`);
    return undefined;
  }
  const boards = recordedSequence().slice(0, RECORDED_HOUR);
  const order = [...boards, ...boards.slice(1, -1).reverse()];
  return {
    name: "recorded nfl_spreads",
    sport: "americanfootball_nfl",
    begin: () => {
      let step = -1;
      return () => {
        step += 1;
        return order[step % order.length]?.events ?? [];
      };
    },
  };
}

/** A board of about this many bytes, of whose prices this share moves at each step, with half of the `last_update`s. */
export function generated(bytes: number, share: number, sport = "americanfootball_nfl"): Kind {
  return {
    name: `generated, ${Math.round(bytes / 1000)} KB, ${100 * share} % move`,
    sport,
    begin: () => {
      const dice = new Dice(bytes + Math.round(1000 * share));
      const read = Array.from({ length: 10 }, () => 1_795_000_000_000);
      let step = 0;
      const prices = new Map<string, number>();
      const price = (of: string) => {
        const known = prices.get(of) ?? Math.round(dice.between(110, 400)) / 100;
        const moved = dice.chance(share)
          ? Math.round(100 * known * dice.between(0.97, 1.04) + 1) / 100
          : known;
        const bounded = moved > 9 ? 1.2 : moved;
        prices.set(of, bounded);
        return bounded;
      };
      const board = (games: number) =>
        Array.from({ length: games }, (_, game) => eventOf(sport, game, read, price));
      const games = Math.max(1, Math.round(bytes / JSON.stringify(board(1)).length));
      return () => {
        step += 1;
        for (const i of read.keys()) if (dice.chance(0.5)) read[i] = 1_795_000_000_000 + step * STEP_MS;
        return board(games);
      };
    },
  };
}

function eventOf(
  sport: string,
  game: number,
  read: readonly number[],
  price: (of: string) => number,
): OddsEvent {
  const [home, away] = [`Home Team ${game}`, `Away Team ${game}`];
  return {
    id: game.toString(16).padStart(32, "0"),
    sport_key: sport,
    sport_title: "NFL",
    commence_time: "2026-11-23T18:00:00Z",
    home_team: home,
    away_team: away,
    bookmakers: read.map((at, book) => ({
      key: `bookmaker${book}`,
      title: `Bookmaker ${book}`,
      last_update: isoSeconds(at),
      markets: ["h2h", "spreads"].map((key) => ({
        key,
        last_update: isoSeconds(at),
        outcomes: [away, home].map((name) => ({ name, price: price(`${game}/${book}/${key}/${name}`) })),
      })),
    })),
  };
}

/** What a succession does on average: the size of a board, and the share of prices that move from one to the next. */
export function describe({ begin }: Kind, steps = 24): { bytes: number; moving: number } {
  const next = begin();
  let [bytes, moved, all] = [0, 0, 0];
  let before = pricesOf(next());
  for (let i = 0; i < steps; i += 1) {
    const board = next();
    bytes += Buffer.byteLength(JSON.stringify(board));
    const prices = pricesOf(board);
    for (const [of, price] of prices) if (before.get(of) !== price) moved += 1;
    all += prices.size;
    before = prices;
  }
  return { bytes: bytes / steps, moving: moved / all };
}

function pricesOf(board: readonly OddsEvent[]): Map<string, string> {
  const prices = new Map<string, string>();
  for (const { id, bookmakers } of board)
    for (const { key, markets } of bookmakers)
      for (const market of markets)
        for (const { name, price, point } of market.outcomes)
          prices.set(`${id}/${key}/${market.key}/${name}`, `${price}/${point}`);
  return prices;
}
