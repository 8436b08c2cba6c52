import type { OddsEvent } from "../../src/board/model.js";

/**
 * An event of each form that recorded boards surprise with, for where there are no recordings: times as numbers, markets
 * without `last_update`, American prices, an outright, no bookmaker at all, a market that goes along with another
 * (`h2h_lay`), a point of 0.
 */
export function surprisingBoard(): OddsEvent[] {
  const teams = { home_team: "Buffalo Bills", away_team: "Arizona Cardinals" };
  const h2h = [
    { name: "Arizona Cardinals", price: -8000 },
    { name: "Buffalo Bills", price: 1200 },
  ];
  const event = { sport_key: "basketball_nba", sport_title: "NBA", ...teams };
  const read = "2026-11-22T20:42:38Z";
  return [
    {
      ...event,
      id: "times as numbers",
      commence_time: 1_725_814_800,
      bookmakers: [
        {
          key: "fanduel",
          title: "FanDuel",
          last_update: 1_725_584_461,
          markets: [
            {
              key: "spreads",
              last_update: 1_725_584_461,
              outcomes: [
                { name: "Arizona Cardinals", price: 1.91, point: 0 },
                { name: "Buffalo Bills", price: 1.91, point: 0 },
              ],
            },
          ],
        },
      ],
    },
    {
      ...event,
      id: "American prices, never said when they were read",
      commence_time: "2022-09-17T22:09:52Z",
      bookmakers: [
        {
          key: "paddypower",
          title: "Paddy Power",
          last_update: read,
          markets: [{ key: "h2h", outcomes: h2h }],
        },
      ],
    },
    {
      ...event,
      id: "an outright",
      has_outrights: true,
      commence_time: "2022-04-10T14:54:00Z",
      home_team: null,
      away_team: null,
      bookmakers: [
        {
          key: "unibet",
          title: "Unibet",
          last_update: read,
          markets: [{ key: "outrights", outcomes: [{ name: "Jon Rahm", price: 10 }] }],
        },
      ],
    },
    { ...event, id: "nobody offers anything", commence_time: read, bookmakers: [] },
    {
      ...event,
      id: "an exchange",
      commence_time: read,
      bookmakers: [
        {
          key: "betfair_ex_eu",
          title: "Betfair",
          last_update: read,
          markets: ["h2h", "h2h_lay"].map((key) => ({ key, last_update: read, outcomes: h2h })),
        },
      ],
    },
  ];
}
