import { describe, expect, it } from "vitest";
import { eventSchema, type Market, type OddsEvent, type Sport } from "../../src/board/model.js";
import { SimulatedSource } from "../../src/sources/simulated/source.js";

const START = Date.parse("2026-11-22T18:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const simulated = (seed = 7) => new SimulatedSource({ seed, startedAt: START });

async function sportOf(source: SimulatedSource, key: string): Promise<Sport> {
  const sport = (await source.sports(START)).sports.find((known) => known.key === key);
  if (!sport) throw new Error(`No sport ${key}.`);
  return sport;
}

/** Reads one sport's boards one after the other, at moments in ms after the start. */
async function boards(key: string, moments: Iterable<number>, source = simulated()) {
  const sport = await sportOf(source, key);
  const read: { at: number; events: readonly OddsEvent[] }[] = [];
  for (const moment of moments) {
    const at = START + moment;
    read.push({ at, events: (await source.board(sport, at)).events });
  }
  return read;
}

function* every(step: number, until: number): Generator<number> {
  for (let moment = 0; moment <= until; moment += step) yield moment;
}

function marketsOf(events: readonly OddsEvent[]): Market[] {
  return events.flatMap((event) => event.bookmakers.flatMap((bookmaker) => bookmaker.markets));
}

/** The markets by where they stand on the board. */
function placesOf(events: readonly OddsEvent[]): Map<string, Market> {
  const places = new Map<string, Market>();
  for (const { id, bookmakers } of events) {
    for (const bookmaker of bookmakers) {
      for (const market of bookmaker.markets) places.set(`${id} ${bookmaker.key} ${market.key}`, market);
    }
  }
  return places;
}

/** The share of the outcomes on both boards whose price or point is another. */
function shareMoved(before: Map<string, Market>, after: Map<string, Market>): number {
  let moved = 0;
  let shared = 0;
  for (const [place, { outcomes }] of after) {
    const old = before.get(place)?.outcomes;
    if (!old) continue;
    shared += outcomes.length;
    for (const [i, { price, point }] of outcomes.entries()) {
      if (old[i]?.price !== price || old[i]?.point !== point) moved++;
    }
  }
  return moved / shared;
}

const overround = (market: Market) => market.outcomes.reduce((sum, { price }) => sum + 1 / price, 0);
const commences = (event: OddsEvent) => Date.parse(String(event.commence_time));
const inPlay = (events: readonly OddsEvent[], at: number) => events.filter((event) => commences(event) < at);

describe("the simulated sports", () => {
  it("are ten or more, with one outright", async () => {
    const { sports } = await simulated().sports(START);
    expect(sports.length).toBeGreaterThanOrEqual(10);
    expect(sports.every(({ active }) => active)).toBe(true);
    expect(sports.filter(({ has_outrights }) => has_outrights).map(({ key }) => key)).toEqual([
      "golf_masters_tournament_winner",
    ]);
    expect(new Set(sports.map(({ key }) => key)).size).toBe(sports.length);
  });

  it("refuse a sport that is not among them", async () => {
    const source = simulated();
    const sport = { ...(await sportOf(source, "basketball_nba")), key: "curling" };
    await expect(source.board(sport, START)).rejects.toMatchObject({
      code: "UNKNOWN_SPORT",
      recovery: "remember",
    });
  });
});

describe("a simulated board", () => {
  it("has the shape of the upstream's for every sport", async () => {
    const source = simulated();
    for (const sport of (await source.sports(START)).sports) {
      for (const at of [START, START + 90 * MINUTE]) {
        const reading = await source.board(sport, at);
        expect(reading.fetchedAt).toBe(at);
        for (const event of reading.events) {
          expect(eventSchema.safeParse(event).success).toBe(true);
          expect(event.id).toMatch(/^[0-9a-f]{32}$/);
          expect(event.commence_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
          expect(event).toMatchObject({ sport_key: sport.key, sport_title: sport.title });
          const read = event.bookmakers.map(({ last_update }) => Date.parse(String(last_update)));
          expect(Math.max(...read)).toBeLessThanOrEqual(at);
          expect(Math.min(...read)).toBeGreaterThan(at - 2 * MINUTE);
        }
      }
    }
  });

  it("lists its events by start, then by id", async () => {
    for (const { events } of await boards("soccer_epl", every(20 * MINUTE, 24 * HOUR))) {
      const order = events.map((event) => `${event.commence_time} ${event.id}`);
      expect(order).toEqual([...order].sort());
    }
  });

  it("is priced by ten or more bookmakers, not all of them on every event", async () => {
    const [board] = await boards("basketball_nba", [0]);
    const counts = board?.events.map(({ bookmakers }) => bookmakers.length) ?? [];
    const keys = new Set(board?.events.flatMap(({ bookmakers }) => bookmakers.map(({ key }) => key)));
    expect(keys.size).toBeGreaterThanOrEqual(10);
    expect(Math.min(...counts)).toBeLessThan(keys.size);
  });

  it("names outcomes A-Z with the draw last, and mirrors the points of a spread", async () => {
    const [board] = await boards("soccer_germany_bundesliga", [0]);
    const markets = marketsOf(board?.events ?? []);
    for (const { key, outcomes } of markets) {
      const names = outcomes.map(({ name }) => name);
      const [first, second] = outcomes.map(({ point }) => point);
      if (key === "h2h") {
        expect(names).toHaveLength(3);
        expect(names[2]).toBe("Draw");
        expect(names.slice(0, 2)).toEqual(names.slice(0, 2).sort());
      } else if (key === "spreads") expect((first ?? Number.NaN) + (second ?? Number.NaN)).toBe(0);
      else {
        expect(names).toEqual(["Over", "Under"]);
        expect(first).toBe(second);
      }
    }
    expect(new Set(markets.map(({ key }) => key))).toEqual(new Set(["h2h", "spreads", "totals"]));
  });

  it("offers fights as h2h only", async () => {
    const [board] = await boards("mma_mixed_martial_arts", [0]);
    expect(new Set(marketsOf(board?.events ?? []).map(({ key }) => key))).toEqual(new Set(["h2h"]));
  });

  it("holds one event without teams where the sport is an outright", async () => {
    for (const { events } of await boards(
      "golf_masters_tournament_winner",
      every(3 * HOUR, 14 * 24 * HOUR),
    )) {
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({ home_team: null, away_team: null, has_outrights: true });
      for (const market of marketsOf(events)) {
        expect(market.key).toBe("outrights");
        expect(overround(market)).toBeGreaterThan(1);
        expect(overround(market)).toBeLessThan(1.4);
      }
    }
  });
});

describe("simulated games", () => {
  it("start and end, two or more in play at every moment, no team in two of them", async () => {
    const source = simulated();
    for (const { key, has_outrights } of (await source.sports(START)).sports) {
      if (has_outrights) continue;
      const seen = new Set<string>();
      const read = await boards(key, every(25 * MINUTE, 40 * HOUR), source);
      for (const { at, events } of read) {
        const live = inPlay(events, at);
        const sides = events.flatMap(({ home_team, away_team }) => [home_team, away_team]);
        expect(live.length, key).toBeGreaterThanOrEqual(2);
        expect(events.length - live.length, key).toBeGreaterThanOrEqual(1);
        expect(events.length, key).toBeGreaterThanOrEqual(6);
        expect(events.length, key).toBeLessThanOrEqual(16);
        expect(new Set(sides).size, key).toBe(sides.length);
        for (const { id } of events) seen.add(id);
      }
      expect(seen.size, key).toBeGreaterThan(30);
    }
  });

  it("are listed before they start, and vanish only once they were played", async () => {
    const read = await boards("icehockey_nhl", every(3 * MINUTE, 9 * HOUR));
    for (const [i, { at, events }] of read.entries()) {
      const before = read[i - 1];
      if (!before) continue;
      const now = new Set(events.map(({ id }) => id));
      const known = new Set(before.events.map(({ id }) => id));
      for (const gone of before.events.filter(({ id }) => !now.has(id))) {
        expect(at - commences(gone)).toBeGreaterThan(2 * HOUR);
      }
      for (const fresh of events.filter(({ id }) => !known.has(id))) {
        expect(commences(fresh)).toBeGreaterThan(before.at);
      }
    }
  });

  it("have a plain favourite by the time they end", async () => {
    const read = await boards("basketball_nba", every(MINUTE, 5 * HOUR));
    const ended = read.flatMap(({ events }, i) => {
      const next = new Set(read[i + 1]?.events.map(({ id }) => id));
      return next.size > 0 ? events.filter(({ id }) => !next.has(id)) : [];
    });
    expect(ended.length).toBeGreaterThan(3);
    for (const market of marketsOf(ended)) {
      expect(Math.min(...market.outcomes.map(({ price }) => price))).toBeLessThanOrEqual(1.05);
    }
  });
});

describe("simulated prices", () => {
  it("move a few at a time over an hour of reads, with overrounds a bookmaker could live on", async () => {
    const source = simulated();
    for (const key of ["basketball_nba", "soccer_epl"]) {
      const sport = await sportOf(source, key);
      const shares: number[] = [];
      const off: Market[] = [];
      let last: Map<string, Market> | undefined;
      for (const moment of every(5000, HOUR)) {
        const places = placesOf((await source.board(sport, START + moment)).events);
        if (last) shares.push(shareMoved(last, places));
        last = places;
        for (const market of places.values()) {
          const sum = overround(market);
          if (sum < 1.02 || sum > 1.1 || market.outcomes.some(({ price }) => price <= 1)) off.push(market);
        }
      }
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      expect(off).toEqual([]);
      expect(mean, key).toBeGreaterThan(0.01);
      expect(mean, key).toBeLessThan(0.06);
      expect(Math.max(...shares), key).toBeLessThan(0.5);
      // A bookmaker is read every 40 s in play: of 14, one every 3 s.
      const stillForFour = shares.some(
        (_, i) => i > 2 && shares.slice(i - 3, i + 1).every((share) => share === 0),
      );
      if (key === "basketball_nba") expect(stillForFour).toBe(false);
    }
  });

  it("stay while many a bookmaker has read again", async () => {
    const read = await boards("basketball_nba", every(5000, 10 * MINUTE));
    let readAgain = 0;
    let changed = 0;
    for (const [i, { events }] of read.entries()) {
      const old = new Map(
        read[i - 1]?.events.flatMap((event) =>
          event.bookmakers.map((bookmaker) => [`${event.id} ${bookmaker.key}`, bookmaker] as const),
        ),
      );
      for (const event of events) {
        for (const bookmaker of event.bookmakers) {
          const before = old.get(`${event.id} ${bookmaker.key}`);
          if (!before || before.last_update === bookmaker.last_update) continue;
          readAgain++;
          const outcomes = (markets: Market[]) => JSON.stringify(markets.map((market) => market.outcomes));
          if (outcomes(before.markets) !== outcomes(bookmaker.markets)) changed++;
        }
      }
    }
    expect(changed).toBeGreaterThan(0);
    expect(readAgain).toBeGreaterThan(2 * changed);
  });

  it("are now and then suspended in play, and come back", async () => {
    const read = await boards("basketball_nba", every(5000, 10 * MINUTE));
    const back = read.some(({ events }, i) => {
      const gone = read[i - 1];
      const before = read[i - 4];
      if (!gone || !before) return false;
      const missing = placesOf(gone.events);
      const earlier = placesOf(before.events);
      return [...placesOf(events).keys()].some((place) => earlier.has(place) && !missing.has(place));
    });
    expect(back).toBe(true);
  });

  it("can be American", async () => {
    const source = new SimulatedSource({ seed: 7, startedAt: START, format: "american" });
    for (const key of ["basketball_nba", "soccer_epl", "golf_masters_tournament_winner"]) {
      for (const { events } of await boards(key, every(20 * MINUTE, 4 * HOUR), source)) {
        const prices = marketsOf(events).flatMap(({ outcomes }) => outcomes.map(({ price }) => price));
        expect(prices.filter((price) => !Number.isInteger(price) || Math.abs(price) < 100)).toEqual([]);
        expect(prices.some((price) => price > 0)).toBe(true);
      }
    }
  });
});

describe("simulated time", () => {
  it("gives the same boards for the same seed and reads, and others for another seed", async () => {
    const moments = [0, 5000, 10_000, 5 * MINUTE, 3 * HOUR, 50 * HOUR];
    for (const key of ["basketball_nba", "golf_masters_tournament_winner"]) {
      const boardsOf = (seed: number) => boards(key, moments, simulated(seed));
      expect(await boardsOf(3)).toEqual(await boardsOf(3));
      expect(await boardsOf(3)).not.toEqual(await boardsOf(4));
    }
  });

  it("is not stirred by reads of other sports", async () => {
    const source = simulated();
    await boards("soccer_epl", every(MINUTE, HOUR), source);
    expect(await boards("basketball_nba", [0, HOUR], source)).toEqual(
      await boards("basketball_nba", [0, HOUR]),
    );
  });

  it("may jump for days or years at no cost, and leaves a full board behind", async () => {
    const source = simulated();
    const { sports } = await source.sports(START);
    for (const sport of sports) await source.board(sport, START);
    for (const days of [3, 6, 3000]) {
      const at = START + days * 24 * HOUR;
      // A machine that stalls takes its time, and none of this process's.
      const began = process.cpuUsage();
      const read = [];
      for (const sport of sports) read.push({ sport, ...(await source.board(sport, at)) });
      const { user, system } = process.cpuUsage(began);
      expect((user + system) / 1000).toBeLessThan(200);
      for (const { sport, events } of read) {
        if (!sport.has_outrights) expect(inPlay(events, at).length).toBeGreaterThanOrEqual(2);
        for (const event of events) expect(Math.abs(commences(event) - at)).toBeLessThan(10 * 24 * HOUR);
      }
    }
  });

  it("may go back a little, and finds the board standing still", async () => {
    const [first, second] = await boards("basketball_nba", [MINUTE, MINUTE - 2000]);
    expect(second?.events).toEqual(first?.events);
  });

  it("begins afresh when the clock was set back by hours", async () => {
    const [, board] = await boards("basketball_nba", [0, -30 * HOUR]);
    expect(inPlay(board?.events ?? [], START - 30 * HOUR).length).toBeGreaterThanOrEqual(2);
  });

  it("leaves the boards it has given alone", async () => {
    const source = simulated();
    for (const key of ["basketball_nba", "golf_masters_tournament_winner"]) {
      const [given] = await boards(key, [0], source);
      const copy = structuredClone(given);
      await boards(key, every(10_000, 10 * MINUTE), source);
      expect(given).toEqual(copy);
    }
  });
});
