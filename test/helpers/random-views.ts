import fc from "fast-check";
import type { BoardEvent } from "../../src/board/model.js";
import type { Only } from "../../src/board/view-filter.js";

/** Some of these, and words that no board has. */
const some = (...words: string[]) =>
  fc.option(
    fc.uniqueArray(fc.constantFrom(...words, "nobody", "constructor"), { minLength: 1, maxLength: 4 }),
    {
      nil: undefined,
    },
  );

/** A random view of the boards of random-boards.ts: one list at least, in any order. */
export const only: fc.Arbitrary<Only> = fc
  .record({
    events: some("a1", "b2", "c3", "d4", "e5", "__proto__"),
    bookmakers: some("fanduel", "draftkings", "betfair_ex_eu", "__proto__"),
    markets: some("h2h", "spreads", "totals", "__proto__"),
  })
  .filter((lists) => Object.values(lists).some((list) => list !== undefined));

/** What `only` leaves of a board, by the protocol's page. */
export function viewOf(events: readonly BoardEvent[], lists: Only | undefined): BoardEvent[] {
  const among = (key: string, list: readonly string[] | undefined) => list?.includes(key) ?? true;
  return events
    .filter(({ id }) => among(id, lists?.events))
    .map((event) => ({
      ...event,
      bookmakers: event.bookmakers
        .filter(({ key }) => among(key, lists?.bookmakers))
        .map((it) => ({ ...it, markets: it.markets.filter(({ key }) => among(key, lists?.markets)) })),
    }));
}
