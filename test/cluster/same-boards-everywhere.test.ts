import { expect, it } from "vitest";
import { oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, shownBy, startMate } from "../helpers/fleet.js";
import { canonical, Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { tooSoon } from "../helpers/read-too-soon.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORTS = ["basketball_nba", "icehockey_nhl", "soccer_epl"];
const CLIENTS = 200;
const TICKS = 12;
const TICK_MS = 1000;

async function setUp() {
  const boards = Object.fromEntries(
    [...SPORTS, "baseball_mlb"].map((sport) => [sport, livelyBoard(sport, 0)]),
  );
  const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
  makeLively(api);
  const redis = await startRedis();
  const mates = await Promise.all([1, 2, 3, 4].map(() => startMate(api, redis.url)));
  return { api, redis, mates };
}

describeWithRedis("Four processes that share a Redis", () => {
  it("read as one does, and give 200 clients at all doors the same boards", {
    timeout: 120_000,
  }, async () => {
    const { api, mates } = await setUp();
    const ledger = new Ledger();
    const clients = Array.from({ length: CLIENTS }, (_, i) => {
      const door = i % 2 === 0 ? "Socket.IO" : "plain";
      const updates = i % 4 < 2 ? "full" : "delta";
      const sport = SPORTS[i % 3] ?? "";
      return new Follower(`client ${i}`, () => mates, sport, updates, door, ledger, Math.floor(i / 8));
    });
    await eventually(() => clients.every(({ seen }) => seen.length > 2) || undefined);

    const readsBefore = api.reads.length;
    const began = performance.now();
    await eventually(() => api.reads.length >= readsBefore + TICKS * SPORTS.length || undefined);
    const ticks = (performance.now() - began) / TICK_MS;
    // What one process reads: each sport once a tick.
    expect(ticks).toBeGreaterThan(TICKS - 1.5);
    for (const sport of SPORTS) {
      const times = api.reads.filter((read) => read.sport === sport).map(({ at }) => at);
      expect(tooSoon(times.slice(1), TICK_MS), sport).toEqual([]);
    }

    expect(ledger.faults).toEqual([]);
    for (const { seen, name, cuts, resynced } of clients) {
      const versions = [...new Set(seen.map(({ version }) => version))];
      const [first = 0] = versions;
      expect(versions, name).toEqual(versions.map((_, i) => first + i));
      expect(new Set(seen.map(({ epoch }) => epoch)).size, name).toBe(1);
      expect(
        seen.every(({ status }) => status === "live"),
        name,
      ).toBe(true);
      // Nothing twice: each read makes a version, and it is told once. Where it is late, the one before is told in its place.
      expect(seen.length - versions.length, name).toBeLessThanOrEqual(versions.length / 2);
      expect([cuts, resynced], name).toEqual([0, 0]);
    }
    const answers = await Promise.all(
      mates.map(async ({ url }) => {
        const response = await fetch(`${url}/api/odds/live?sport=${SPORTS[0]}`);
        return oddsUpdateSchema.parse(await response.json());
      }),
    );
    for (const { sport, epoch, version, odds } of answers) {
      // Who asks may have a board sooner than those to whom it is sent.
      const known = await eventually(() => ledger.contents.get(`${sport} ${epoch} ${version}`));
      expect(canonical(odds)).toBe(known);
    }
    const tags = new Map<number, Set<string | null>>();
    for (const { url } of mates) {
      const response = await fetch(`${url}/api/odds/live?sport=${SPORTS[0]}&bookmakers=fanduel`);
      const { version } = oddsUpdateSchema.parse(await response.json());
      tags.set(version, (tags.get(version) ?? new Set()).add(response.headers.get("etag")));
    }
    expect(tags.size).toBeLessThan(mates.length);
    for (const same of tags.values()) expect(same.size).toBe(1);
    const shown = await shownBy(mates[0] ?? { url: "" });
    expect(shown.filter(({ reader }) => reader)).toHaveLength(1);
    expect(shown).toHaveLength(4);
    expect(shown.reduce((sum, one) => sum + one.clients, 0)).toBe(CLIENTS);
    expect(new Set(shown.flatMap(({ wanted }) => wanted))).toEqual(new Set(SPORTS));
  });

  it("read what is wanted at any of them, and no more once that client has left", {
    timeout: 120_000,
  }, async () => {
    const { api, mates } = await setUp();
    const leader = await leaderOf(mates);
    const other = mates.find((mate) => mate !== leader) ?? leader;
    const ledger = new Ledger();
    const asked = performance.now();
    const client = new Follower("the one", () => [other], "baseball_mlb", "delta", "plain", ledger, 0);
    await eventually(() => client.seen.length > 0 || undefined);
    expect(performance.now() - asked).toBeLessThan(900);
    await eventually(() => client.seen.length > 3 || undefined);
    client.end();
    const left = performance.now();
    const lastRead = () => api.reads.at(-1)?.at ?? 0;
    await eventually(() => performance.now() - lastRead() > 2.5 * TICK_MS || undefined);
    // Its linger is two ticks, and the news of it one heartbeat old at most; another tick is a busy machine's.
    expect(lastRead() - left).toBeLessThan(5 * TICK_MS);
    expect(ledger.faults).toEqual([]);
  });

  it("bring a client up to date that resumes at another of them, by deltas", {
    timeout: 120_000,
  }, async () => {
    const { api, redis, mates } = await setUp();
    const ledger = new Ledger();
    let place = mates.slice(0, 1);
    const client = new Follower("mover", () => place, "soccer_epl", "delta", "Socket.IO", ledger, 0);
    await eventually(() => client.seen.length > 4 || undefined);
    place = mates.slice(1, 2);
    client.leave();
    await eventually(() => client.recovered > 0 || client.resynced > 0 || undefined);
    expect([client.recovered, client.resynced]).toEqual([1, 0]);
    // At one that has only just started, too: it has loaded the steps.
    const young = await startMate(api, redis.url);
    const before = client.seen.length;
    place = [young];
    client.leave();
    await eventually(() => client.seen.length > before + 2 || undefined);
    expect([client.recovered, client.resynced]).toEqual([2, 0]);
    expect(ledger.faults).toEqual([]);
  });
});
