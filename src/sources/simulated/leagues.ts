import type { Sport } from "../../board/model.js";
import * as teams from "./teams.js";

/** How the games of a league unfold. Margins and totals are in the league's own points, goals or games. */
export interface Play {
  /** From start to the last price, in minutes. */
  readonly minutes: number;
  /** How far the final margin and the final total stray from what is expected. */
  readonly marginSpread: number;
  readonly totalSpread: number;
  readonly total: number;
  readonly homeEdge: number;
  /** How far the teams of the league differ in strength. */
  readonly ratings: number;
  /** What one score may be worth; null where scores come so fast that the margin flows. */
  readonly scores: readonly number[] | null;
  /** How restless prices are between scores (possession, runners on base), in shares of `marginSpread`. */
  readonly swing: number;
  /** How many times their usual threshold bookmakers wait before they move a price: more where the score flows. */
  readonly patience: number;
  readonly draws: boolean;
  readonly lines: "half" | "quarter" | "one-and-a-half" | "none";
}

/** A sport whose board holds games between two sides, `games` of them at a time. */
export interface League {
  readonly sport: Sport;
  readonly games: number;
  /** Sides only meet within their own pool (a weight class). */
  readonly pools: readonly (readonly string[])[];
  readonly play: Play;
}

/** A sport whose board holds one event with a whole field of entrants, the favourites first. */
export interface Tournament {
  readonly sport: Sport;
  readonly field: readonly string[];
  readonly startsInHours: number;
  readonly hours: number;
}

type Names = [key: string, group: string, title: string, description: string];

function sport([key, group, title, description]: Names, outright = false): Sport {
  return { key, group, title, description, active: true, has_outrights: outright };
}

const basketball = { scores: null, swing: 0.02, patience: 1.7, draws: false, lines: "half" } as const;

const soccer: Play = {
  minutes: 115,
  marginSpread: 1.62,
  totalSpread: 1.62,
  total: 2.7,
  homeEdge: 0.3,
  ratings: 0.45,
  scores: [1],
  swing: 0.05,
  patience: 1.1,
  draws: true,
  lines: "quarter",
};

/** The leagues on show. A pool holds more than twice as many sides as `games`, so that a side is never wanted twice. */
export const LEAGUES: readonly League[] = [
  {
    sport: sport(["americanfootball_nfl", "American Football", "NFL", "US Football"]),
    games: 12,
    pools: [teams.NFL],
    play: {
      minutes: 195,
      marginSpread: 13,
      totalSpread: 13,
      total: 45,
      homeEdge: 1.6,
      ratings: 3.5,
      scores: [3, 3, 7, 7, 7],
      swing: 0.07,
      patience: 1.15,
      draws: false,
      lines: "half",
    },
  },
  {
    sport: sport(["baseball_mlb", "Baseball", "MLB", "Major League Baseball"]),
    games: 12,
    pools: [teams.MLB],
    play: {
      minutes: 175,
      marginSpread: 4.2,
      totalSpread: 4.2,
      total: 8.6,
      homeEdge: 0.2,
      ratings: 0.6,
      scores: [1, 1, 1, 1, 2, 2, 3],
      swing: 0.07,
      patience: 1.15,
      draws: false,
      lines: "one-and-a-half",
    },
  },
  {
    sport: sport(["basketball_euroleague", "Basketball", "Basketball Euroleague", "Basketball Euroleague"]),
    games: 8,
    pools: [teams.EUROLEAGUE],
    play: {
      ...basketball,
      minutes: 125,
      marginSpread: 11,
      totalSpread: 15,
      total: 164,
      homeEdge: 3.4,
      ratings: 3,
    },
  },
  {
    sport: sport(["basketball_nba", "Basketball", "NBA", "US Basketball"]),
    games: 12,
    pools: [teams.NBA],
    play: {
      ...basketball,
      patience: 1.35,
      minutes: 150,
      marginSpread: 12.5,
      totalSpread: 18,
      total: 229,
      homeEdge: 2.2,
      ratings: 3.8,
    },
  },
  {
    sport: sport(["icehockey_nhl", "Ice Hockey", "NHL", "US Ice Hockey"]),
    games: 12,
    pools: [teams.NHL],
    play: {
      minutes: 155,
      marginSpread: 2.4,
      totalSpread: 2.4,
      total: 6.1,
      homeEdge: 0.22,
      ratings: 0.4,
      scores: [1],
      swing: 0.06,
      patience: 1,
      draws: false,
      lines: "one-and-a-half",
    },
  },
  {
    sport: sport(["mma_mixed_martial_arts", "Mixed Martial Arts", "MMA", "Mixed Martial Arts"]),
    games: 10,
    pools: teams.FIGHTERS,
    play: {
      minutes: 70,
      marginSpread: 1,
      totalSpread: 1,
      total: 0,
      homeEdge: 0,
      ratings: 0.5,
      scores: null,
      swing: 0.02,
      patience: 1.8,
      draws: false,
      lines: "none",
    },
  },
  {
    sport: sport(["soccer_epl", "Soccer", "EPL", "English Premier League"]),
    games: 8,
    pools: [teams.EPL],
    play: soccer,
  },
  {
    sport: sport(["soccer_germany_bundesliga", "Soccer", "Bundesliga - Germany", "German Soccer"]),
    games: 7,
    pools: [teams.BUNDESLIGA],
    play: { ...soccer, total: 3.1, marginSpread: 1.74, totalSpread: 1.74 },
  },
  {
    sport: sport(["soccer_norway_eliteserien", "Soccer", "Eliteserien - Norway", "Norwegian Soccer"]),
    games: 6,
    pools: [teams.ELITESERIEN],
    play: { ...soccer, total: 2.9, marginSpread: 1.68, totalSpread: 1.68 },
  },
  {
    sport: sport(["soccer_usa_mls", "Soccer", "MLS", "Major League Soccer"]),
    games: 10,
    pools: [teams.MLS],
    play: { ...soccer, homeEdge: 0.4, ratings: 0.3 },
  },
  {
    sport: sport(["tennis_atp_us_open", "Tennis", "ATP US Open", "Men's Singles"]),
    games: 10,
    pools: [teams.ATP],
    play: {
      minutes: 160,
      marginSpread: 6,
      totalSpread: 7,
      total: 38,
      homeEdge: 0,
      ratings: 2.4,
      scores: null,
      swing: 0.02,
      patience: 1.8,
      draws: false,
      lines: "half",
    },
  },
];

/** The outrights on show. */
export const TOURNAMENTS: readonly Tournament[] = [
  {
    sport: sport(
      ["golf_masters_tournament_winner", "Golf", "Masters Tournament Winner", "2026 Winner"],
      true,
    ),
    field: teams.GOLFERS,
    startsInHours: 20,
    hours: 82,
  },
];
