import { describe, expect, it, vi } from "vitest";
import type { BoardEvent } from "../../src/board/model.js";
import { weightOf } from "../../src/board/view-filter.js";
import { VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { ASKED_MS, Views } from "../../src/delivery/views.js";
import { bigBoard } from "../helpers/big-board.js";
import { smallBoard } from "../helpers/fake-odds-api.js";
import { quietFeed } from "../helpers/literal-delivery.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TOO_MANY = expect.objectContaining({ code: "TOO_MANY_SUBSCRIPTIONS" });

/** Views of a board that the test puts; none of them is open. */
function begin(events: BoardEvent[] = smallBoard() as BoardEvent[]) {
  const { feed, boards } = quietFeed();
  let reads = 0;
  const put = (events: object[]) => {
    reads += 1;
    boards.put(SPORT, { events: events as BoardEvent[], fetchedAt: reads });
  };
  if (events.length > 0) put(events);
  return { views: new Views(feed), put };
}

const game = (n: number) => ({ events: [`game ${n}`] });
/** All of a big board but one game. */
const but = (n: number) => ({
  events: bigBoard(0).flatMap(({ id }, at) => (at === n ? [] : [id])),
});

describe("The views of a client", () => {
  it("are so many at most, over all sports, and equal ones count once", () => {
    const { views } = begin();
    const held = Array.from({ length: VIEW_LIMITS.ofClient }, (_, n) =>
      views.open(n % 2 ? SPORT : "soccer_epl", game(n), "ann"),
    );
    expect(() => views.open(SPORT, game(-1), "ann")).toThrow(TOO_MANY);
    expect(() => views.open(SPORT, game(-1), "ann")).toThrow(/whole board, or a view that you have/);
    views.open(SPORT, game(1), "ann");
    views.open(SPORT, game(-1), "bob");
    held[0]?.release();
    views.open(SPORT, game(-1), "ann");
  });

  it("may be exchanged when there are as many as may be", () => {
    const { views } = begin();
    const held = Array.from({ length: VIEW_LIMITS.ofClient }, (_, n) => views.open(SPORT, game(n), "ann"));
    const last = views.open(SPORT, game(-1), "ann", held[0]);
    held[0]?.release();
    expect(() => views.open(SPORT, game(-2), "ann")).toThrow(TOO_MANY);
    // One that is held twice is not given up by one of the two.
    const again = views.open(SPORT, game(-1), "ann");
    expect(() => views.open(SPORT, game(-2), "ann", again)).toThrow(TOO_MANY);
    again.release();
    views.open(SPORT, game(-2), "ann", last);
  });

  it("are let go of once, however often that is said", () => {
    const { views } = begin();
    const [one, other] = [views.open(SPORT, game(1), "ann"), views.open(SPORT, game(1), "ann")];
    for (let i = 0; i < 3; i += 1) one?.release();
    expect(views.open(SPORT, game(1), "bob").filter).toBe(other?.filter);
  });

  it("count for a minute where they are asked for once, and no longer", () => {
    closeAfter(vi.useFakeTimers(), () => void vi.useRealTimers());
    const { views } = begin();
    for (let n = 0; n < VIEW_LIMITS.ofClient; n += 1) views.ask(SPORT, game(n), "ann");
    for (let i = 0; i < 3; i += 1) views.ask(SPORT, game(0), "ann");
    expect(() => views.ask(SPORT, game(-1), "ann")).toThrow(TOO_MANY);
    vi.advanceTimersByTime(ASKED_MS - 1);
    const polled = views.ask(SPORT, game(0), "ann");
    expect(() => views.ask(SPORT, game(-1), "ann")).toThrow(TOO_MANY);
    vi.advanceTimersByTime(1);
    // Who polls keeps it.
    expect(views.ask(SPORT, game(0), "ann")).toBe(polled);
    for (let n = 0; n < VIEW_LIMITS.ofClient - 1; n += 1) views.ask(SPORT, game(-1 - n), "ann");
    vi.advanceTimersByTime(3 * ASKED_MS);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("The views of a sport", () => {
  it("are so many at most, of all clients together, and of another sport as many again", () => {
    const { views } = begin();
    const held = Array.from({ length: VIEW_LIMITS.ofSport }, (_, n) => views.open(SPORT, game(n), `c${n}`));
    expect(() => views.open(SPORT, game(-1), "ann")).toThrow(TOO_MANY);
    expect(() => views.open(SPORT, game(-1), "ann")).toThrow(/whole board, or a view that others have/);
    expect(() => views.ask(SPORT, game(-1), "ann")).toThrow(TOO_MANY);
    const shared = views.open(SPORT, game(0), "ann");
    views.open("soccer_epl", game(-1), "ann");
    held[0]?.release();
    // Somebody has that one still.
    expect(() => views.open(SPORT, game(-1), "bob")).toThrow(TOO_MANY);
    // Whoever has the last share in a view may exchange it.
    views.open(SPORT, game(-1), "ann", shared);
  });

  it("hold so many boards at most", () => {
    const { views } = begin(bigBoard(0) as BoardEvent[]);
    const held = Array.from({ length: VIEW_LIMITS.boards }, (_, n) => views.open(SPORT, but(n), `c${n}`));
    // Each lacks a game of a hundred, so there is room for a fifth of a board.
    expect(() => views.open(SPORT, but(50), "ann")).toThrow(TOO_MANY);
    views.open(SPORT, { events: but(50).events.slice(0, 19) }, "ann");
    expect(() => views.open(SPORT, { events: but(50).events.slice(20, 22) }, "ann")).toThrow(TOO_MANY);
    views.open(SPORT, but(50), "c0", held[0]);
  });

  it("of one client hold a quarter of that at most, so that others can make theirs", () => {
    const { views } = begin(bigBoard(0) as BoardEvent[]);
    const most = VIEW_LIMITS.boardsOfClient;
    expect(most * 4).toBeLessThanOrEqual(VIEW_LIMITS.boards);
    const held = Array.from({ length: most }, (_, n) => views.open(SPORT, but(n), "ann"));
    expect(() => views.open(SPORT, but(50), "ann")).toThrow(TOO_MANY);
    expect(() => views.open(SPORT, but(50), "ann")).toThrow(/whole board, or a view that others have/);
    expect(() => views.ask(SPORT, but(50), "ann")).toThrow(TOO_MANY);
    // One that somebody had before costs nothing, and one may be exchanged.
    views.open(SPORT, but(50), "bob");
    views.open(SPORT, but(50), "ann");
    views.open(SPORT, but(51), "ann", held[0]);
    held[0]?.release();
    expect(() => views.open(SPORT, but(52), "ann")).toThrow(TOO_MANY);
    views.open("soccer_epl", but(52), "ann");
  });

  it("of a small board hold so many of a hundred kilobytes", () => {
    const { views } = begin();
    const weight = weightOf(smallBoard()[0] as BoardEvent);
    const most = Math.floor((VIEW_LIMITS.boards * VIEW_LIMITS.leastBoard) / weight);
    expect(most).toBeGreaterThan(VIEW_LIMITS.ofSport);
    for (let n = 0; n < VIEW_LIMITS.ofSport; n += 1) {
      views.open(SPORT, { bookmakers: ["fanduel", "draftkings", `nobody ${n}`] }, `c${n}`);
    }
  });

  it("are weighed anew by the board of now", () => {
    const { views, put } = begin([]);
    const held = Array.from({ length: VIEW_LIMITS.boards }, (_, n) => views.open(SPORT, but(n), `c${n}`));
    put(bigBoard(0));
    views.open(SPORT, but(50), "ann").release();
    expect(held.map(({ filter }) => views.weigh(SPORT, filter))).toEqual(held.map(() => 0.99));
    expect(() => views.open(SPORT, but(50), "ann")).toThrow(TOO_MANY);
    put([]);
    expect(held.map(({ filter }) => views.weigh(SPORT, filter))).toEqual(held.map(() => 0));
    views.open(SPORT, but(50), "ann");
  });

  it("that the board outgrows end where their client, or all, hold too much, but never for what another does", () => {
    const { views, put } = begin([]);
    const greedy = Array.from({ length: VIEW_LIMITS.boards }, (_, n) => views.open(SPORT, but(n), "ann"));
    const others = Array.from({ length: VIEW_LIMITS.boards }, (_, n) =>
      views.open(SPORT, but(50 + n), `c${n}`),
    );
    // Ann had this one first, and has no room for it.
    views.open(SPORT, but(VIEW_LIMITS.boardsOfClient), "bob");
    put(bigBoard(0));
    const stays = views.round(SPORT);
    const ends = greedy.map(({ filter }) => stays(filter)?.message);
    const most = VIEW_LIMITS.boardsOfClient;
    expect(ends.findIndex((why) => why !== undefined)).toBe(most + 1);
    expect(ends[most + 1]).toContain("What a client's own views");
    expect(ends.filter((why) => why === undefined)).toHaveLength(most + 1);
    const left = VIEW_LIMITS.boards - most - 1;
    expect(others.filter(({ filter }) => stays(filter) === undefined)).toHaveLength(left);
  });

  it("that are only asked for are refused once they have outgrown it, and forgotten", () => {
    const { views, put } = begin([]);
    for (let n = 0; n < VIEW_LIMITS.boards + 5; n += 1) views.ask(SPORT, but(n), `c${n}`);
    put(bigBoard(0));
    for (let n = 0; n < VIEW_LIMITS.boards; n += 1) views.ask(SPORT, but(n), `c${n}`);
    for (let n = VIEW_LIMITS.boards; n < VIEW_LIMITS.boards + 5; n += 1) {
      expect(() => views.ask(SPORT, but(n), `c${n}`)).toThrow(TOO_MANY);
    }
    for (let n = 0; n < VIEW_LIMITS.boards; n += 1) views.ask(SPORT, but(n), `c${n}`);
  });
});
