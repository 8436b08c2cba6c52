import { describe, expect, it, vi } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { ViewFilter } from "../../src/board/view-filter.js";
import { MESSAGE_MS, MessageCache } from "../../src/delivery/message-cache.js";
import type { OddsFeed } from "../../src/polling/feed.js";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { literalView, quietFeed } from "../helpers/literal-delivery.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

/** How often something of a board was turned into JSON. */
function encodings(isBoard: (value: unknown) => boolean): () => number {
  const spy = closeAfter(vi.spyOn(JSON, "stringify"), (mock) => mock.mockRestore());
  return () => spy.mock.calls.filter(([value]) => isBoard(value)).length;
}

function begin() {
  closeAfter(vi.useFakeTimers(), () => void vi.useRealTimers());
  const view = literalView(SPORT);
  const cache = new MessageCache({ since: () => undefined } as unknown as OddsFeed);
  return { cache, view, encoded: encodings((value) => value === view.events) };
}

describe("The messages of a board", () => {
  it("are the same for all who ask while it stays so, and stamped anew after a second", () => {
    const { cache, view, encoded } = begin();
    const channel = cache.hold(SPORT);
    const first = channel.whole(view);
    vi.advanceTimersByTime(MESSAGE_MS);
    expect(cache.whole({ ...view, seenAt: 2 })).toBe(first);
    vi.advanceTimersByTime(1);
    const later = cache.whole({ ...view, seenAt: 3 });
    expect(JSON.parse(later.json)).toMatchObject({ timestamp: 3 });
    expect(channel.whole(view)).toBe(later);
    // Its odds are what they were.
    expect(encoded()).toBe(1);
  });

  it("are others as soon as its version, its age or its status is", () => {
    const { cache, view } = begin();
    const channel = cache.hold(SPORT);
    const seen = new Set([channel.whole(view)]);
    for (const news of [{ version: 8 }, { fetchedAt: 2 }, { status: "stale" as const }, { epoch: "f" }]) {
      seen.add(channel.whole({ ...view, ...news }));
    }
    expect(seen.size).toBe(5);
  });

  it("are kept while anybody holds them, and forgotten a moment after the last", () => {
    const { cache, view, encoded } = begin();
    for (let i = 0; i < 2; i += 1) cache.hold(SPORT).whole(view);
    cache.release(SPORT);
    vi.advanceTimersByTime(10 * MESSAGE_MS);
    cache.whole(view);
    expect(encoded()).toBe(1);
    cache.release(SPORT);
    vi.advanceTimersByTime(MESSAGE_MS);
    expect(vi.getTimerCount()).toBe(0);
    cache.whole(view);
    expect(encoded()).toBe(2);
  });

  it("are forgotten by themselves where only such ask as ask once", () => {
    const { cache, view, encoded } = begin();
    for (let i = 0; i < 50; i += 1) cache.whole(view);
    expect(encoded()).toBe(1);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(MESSAGE_MS);
    expect(vi.getTimerCount()).toBe(0);
    cache.whole(view);
    expect(encoded()).toBe(2);
  });
});

it("A view is turned into JSON once for all who have it, and not again while nothing of it moves", () => {
  const { feed, boards } = quietFeed();
  const games = (price: number, other: number) =>
    [price, other].flatMap((first, i) => smallBoard(first).map((event) => ({ ...event, id: `g${i}` })));
  const put = (fetchedAt: number, events: OddsEvent[]) => {
    const read = "2026-11-22T20:00:00Z";
    const still = JSON.parse(JSON.stringify(events, (name, it) => (name === "last_update" ? read : it)));
    boards.put(SPORT, { events: still, fetchedAt });
    return feed.current(SPORT) ?? expect.fail("there is a board");
  };
  const cache = new MessageCache(feed);
  const encoded = encodings((value) => Array.isArray(value) && value[0]?.id === "g1");
  const filter = () => new ViewFilter({ events: ["g1"] });
  const view = put(1, games(1.5, 2));
  const messages = cache.hold(SPORT, filter());
  expect(cache.hold(SPORT, filter())).toBe(messages);
  const first = messages.whole(view);
  expect(cache.whole(view, filter())).toBe(first);
  const later = messages.whole(put(2, games(1.6, 2)));
  expect(JSON.parse(later.json)).toMatchObject({ version: 2, odds: [{ id: "g1" }] });
  expect(encoded()).toBe(1);
  messages.whole(put(3, games(1.6, 2.5)));
  expect(encoded()).toBe(2);
});

it("A board is turned into JSON once for REST and for all who subscribe", async () => {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard() }), (fake) => fake.close());
  const server = await startAppOn(api, { ODDS_CACHE_TTL_MS: "3600000" });
  const encoded = encodings(
    (value) => Array.isArray(value) && "changed_at" in (value[0]?.bookmakers?.[0]?.markets?.[0] ?? {}),
  );
  for (let i = 0; i < 3; i += 1) {
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    const { odds } = await client.inbox.next("odds_update");
    const response = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
    expect(await response.json()).toMatchObject({ type: "odds_update", odds });
  }
  expect(encoded()).toBe(1);
});
