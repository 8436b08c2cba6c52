import type { OddsEvent } from "../../src/board/model.js";

/** What a bookmaker offers on a game, the home side's price first: of a spread its line, of a total the same line. */
export interface Offer {
  /** Home, away, and the draw where there may be one. */
  readonly h2h?: readonly number[];
  /** Home's line, home's price, away's price. */
  readonly spreads?: readonly [number, number, number];
  /** The line, over's price, under's price. */
  readonly totals?: readonly [number, number, number];
}

/** A moment so many minutes from now, as the API writes it. */
const inMinutes = (minutes: number) =>
  new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, "");

const hex = (text: string) => Buffer.from(text).toString("hex");

/** A game between two sides with what each bookmaker, by its title, offers on it; it starts in an hour unless told otherwise. */
export function game(
  home: string,
  away: string,
  offers: Readonly<Record<string, Offer>>,
  startsInMinutes = 60,
): OddsEvent {
  const read = inMinutes(0);
  const market = (key: string, outcomes: { name: string; price: number; point?: number }[]) => ({
    key,
    last_update: read,
    outcomes,
  });
  return {
    id: hex(`${away} ${home}`).slice(0, 32).padEnd(32, "0"),
    sport_key: "basketball_nba",
    sport_title: "NBA",
    commence_time: inMinutes(startsInMinutes),
    home_team: home,
    away_team: away,
    bookmakers: Object.entries(offers).map(([title, { h2h, spreads, totals }]) => ({
      key: title.toLowerCase().replaceAll(/\W/g, "") || hex(title),
      title,
      last_update: read,
      markets: [
        ...(h2h
          ? [
              market(
                "h2h",
                h2h.map((price, i) => ({ name: [home, away, "Draw"][i] ?? "", price })),
              ),
            ]
          : []),
        ...(spreads
          ? [
              market("spreads", [
                { name: home, price: spreads[1], point: spreads[0] },
                { name: away, price: spreads[2], point: -spreads[0] },
              ]),
            ]
          : []),
        ...(totals
          ? [
              market("totals", [
                { name: "Over", price: totals[1], point: totals[0] },
                { name: "Under", price: totals[2], point: totals[0] },
              ]),
            ]
          : []),
      ],
    })),
  };
}

/** So many games by so many bookmakers, all of which offer all three markets; begun ones first. */
export function games(count: number, bookmakers: number): OddsEvent[] {
  const cents = (seed: number) => Math.round(150 + (seed % 60)) / 100;
  return Array.from({ length: count }, (_, i) =>
    game(
      `Home ${i}`,
      `Away ${i}`,
      Object.fromEntries(
        Array.from({ length: bookmakers }, (_, book) => {
          const seed = i * 31 + book * 17;
          return [
            `Bookmaker ${book}`,
            {
              h2h: [cents(seed), cents(seed + 29)],
              spreads: [-3.5, cents(seed + 7), cents(seed + 11)],
              totals: [44.5, cents(seed + 13), cents(seed + 19)],
            },
          ];
        }),
      ),
      60 * (i - 0.5),
    ),
  );
}

/** A tournament with so many runners, whom each of so many bookmakers lists. */
export function tournament(runners: number, bookmakers: number): OddsEvent[] {
  const read = inMinutes(0);
  return [
    {
      id: "a".repeat(32),
      sport_key: "golf_masters_tournament_winner",
      sport_title: "Masters Tournament Winner",
      commence_time: inMinutes(600),
      home_team: null,
      away_team: null,
      bookmakers: Array.from({ length: bookmakers }, (_, book) => ({
        key: `bookmaker${book}`,
        title: `Bookmaker ${book}`,
        last_update: read,
        markets: [
          {
            key: "outrights",
            last_update: read,
            outcomes: Array.from({ length: runners }, (_, i) => ({
              name: `Runner ${i}`,
              price: 5 + i + (book % 3),
            })),
          },
        ],
      })),
    },
  ];
}
