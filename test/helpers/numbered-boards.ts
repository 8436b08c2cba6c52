import type { OddsEvent } from "../../src/board/model.js";
import { Random } from "./random.js";

/** The board of a number, always the same: few events and bookmakers that come and go, prices that come back. */
export function numberedBoard(number: number): OddsEvent[] {
  const random = new Random(number);
  const some = (keys: readonly string[]) => keys.filter(() => !random.once(5));
  return some(["a", "b", "c", "d"]).map((id) => ({
    id,
    commence_time: "2026-11-22T20:10:00Z",
    home_team: random.once(9) ? "FC København" : "Boston Celtics",
    bookmakers: some(["fanduel", "draftkings"]).map((key) => ({
      key,
      markets: some(["h2h", "spreads", "totals"]).map((market) => ({
        key: market,
        outcomes: ["A", "B"].map((name) => ({ name, price: 1.5 + random.below(3) / 10 })),
      })),
    })),
  }));
}
