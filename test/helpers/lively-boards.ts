import type { OddsEvent } from "../../src/board/model.js";
import type { FakeOddsApi } from "./fake-odds-api.js";
import { smallBoard } from "./fake-odds-api.js";

/** A board of a few games, one price of which is the number of the read. */
export function livelyBoard(sport: string, read: number): OddsEvent[] {
  return Array.from({ length: 5 }, (_, game) => {
    const [event] = smallBoard(game === read % 5 ? 1.01 + read / 100 : 1.5, sport);
    if (!event) throw new Error("No game on the small board.");
    return { ...event, id: `${sport}-${game}` };
  });
}

/** Has the API answer every paid read with another price: no two reads give the same board. */
export function makeLively(api: FakeOddsApi): void {
  const reads = new Map<string, number>();
  api.board = (request) => {
    const sport = /\/sports\/([^/]+)\/odds/.exec(request.url ?? "")?.[1] ?? "";
    const read = (reads.get(sport) ?? 0) + 1;
    reads.set(sport, read);
    api.boards.set(sport, livelyBoard(sport, read));
    return false;
  };
}
