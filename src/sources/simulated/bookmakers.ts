/** A bookmaker of the US region, and its habits. */
export interface BookmakerHabits {
  readonly key: string;
  readonly title: string;
  /** What it keeps of each market: 0.045 is an overround of 1.045. */
  readonly margin: number;
  /** How far it shades prices towards the home side, as a probability. */
  readonly bias: number;
  /** How far its fair price must move, as a probability at evens, before it changes what it shows. */
  readonly threshold: number;
  /** The share of events that it offers at all. */
  readonly coverage: number;
  /** The share of its events that it keeps offering in play. */
  readonly inPlay: number;
}

type Row = [
  key: string,
  title: string,
  margin: number,
  bias: number,
  threshold: number,
  cover: number,
  inPlay: number,
];

const ROWS: readonly Row[] = [
  ["ballybet", "Bally Bet", 0.066, -0.004, 0.019, 0.75, 0.8],
  ["betmgm", "BetMGM", 0.05, 0.003, 0.014, 0.96, 0.97],
  ["betonlineag", "BetOnline.ag", 0.042, -0.002, 0.011, 0.95, 0.95],
  ["betrivers", "BetRivers", 0.056, 0.002, 0.015, 0.94, 0.97],
  ["betus", "BetUS", 0.05, 0.006, 0.018, 0.86, 0.7],
  ["bovada", "Bovada", 0.047, 0.004, 0.014, 0.94, 0.95],
  ["draftkings", "DraftKings", 0.046, 0.001, 0.011, 0.99, 0.99],
  ["espnbet", "ESPN BET", 0.058, 0.005, 0.016, 0.84, 0.85],
  ["fanatics", "Fanatics", 0.052, -0.003, 0.015, 0.9, 0.92],
  ["fanduel", "FanDuel", 0.045, 0, 0.01, 0.99, 0.99],
  ["hardrockbet", "Hard Rock Bet", 0.054, 0.003, 0.016, 0.85, 0.9],
  ["lowvig", "LowVig.ag", 0.031, -0.001, 0.01, 0.88, 0.75],
  ["mybookieag", "MyBookie.ag", 0.048, 0.006, 0.018, 0.88, 0.75],
  ["williamhill_us", "Caesars", 0.053, 0.002, 0.014, 0.96, 0.96],
];

/** The bookmakers that price every simulated event, A-Z by key. */
export const BOOKMAKERS: readonly BookmakerHabits[] = ROWS.map(
  ([key, title, margin, bias, threshold, coverage, inPlay]) => ({
    key,
    title,
    margin,
    bias,
    threshold,
    coverage,
    inPlay,
  }),
);
