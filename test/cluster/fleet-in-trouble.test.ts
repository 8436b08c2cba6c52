import { expect, it } from "vitest";
import type { ClientBoard } from "../../src/client/apply-delta.js";
import { type FakeOddsApi, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { clockAhead, hasFaketime } from "../helpers/faketime.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { canonical, Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 1000;
/** `CLUSTER_TROUBLE_MS=300000 CLUSTER_TROUBLE_CLIENTS=200 CLUSTER_TROUBLE_KILLS=3` for the long run. */
const LASTS_MS = Number(process.env.CLUSTER_TROUBLE_MS ?? 20_000);
const CLIENTS = Number(process.env.CLUSTER_TROUBLE_CLIENTS ?? 40);
const KILLS = Number(process.env.CLUSTER_TROUBLE_KILLS ?? 1);
/** Another reads within this time (ms), though the sick one may have tried before it. */
const TAKEOVER_MS = 20_000;
/** How far off a told time may be, in ms: processes share a busy machine with all their clients. */
const CLOCK_MS = 5000;
/** How much ahead each process's clock is, in seconds; the first has no way to the upstream, the last no key. */
const CLOCKS = [20, 0, -20, 40] as const;
const DEAD = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" };

/** What a board holds, but for what a server adds and for `last_update`s. */
function contentOf(odds: unknown): string {
  return canonical(
    JSON.parse(JSON.stringify(odds, (name, value) => (name === "changed_at" ? undefined : value))),
  );
}

/** Answers each read with another board, and takes down when it gave which. */
function remember(api: FakeOddsApi): Map<string, number> {
  const given = new Map<string, number>();
  let read = 0;
  api.board = () => {
    read += 1;
    const board = livelyBoard(SPORT, read);
    given.set(contentOf(board), Date.now());
    api.boards.set(SPORT, board);
    return false;
  };
  return given;
}

/** Holds what clients are told against what the upstream said. */
class HonestLedger extends Ledger {
  told = 0;
  worstMs = 0;
  private readonly givenAt = new Map<string, number | undefined>();

  constructor(private readonly given: ReadonlyMap<string, number>) {
    super();
  }

  override note(board: ClientBoard, of: string): void {
    super.note(board, of);
    this.told += 1;
    // All that is told under a version is the same: so much is looked at above.
    const key = `${board.epoch} ${board.version}`;
    if (!this.givenAt.has(key)) this.givenAt.set(key, this.given.get(contentOf(board.odds)));
    const at = this.givenAt.get(key);
    if (at === undefined) this.faults.push(`${of}: a board that the upstream never gave`);
    else {
      const { fetchedAt } = board as ClientBoard & { fetchedAt: number };
      this.worstMs = Math.max(this.worstMs, Math.abs(fetchedAt - at));
    }
  }
}

describeWithRedis("Four processes with clocks 20 s apart, one without upstream and one without a key", () => {
  it.skipIf(!hasFaketime)(
    "tell each client only what its upstream said, while leaders are killed",
    {
      timeout: 180_000 + 3 * LASTS_MS,
    },
    async () => {
      const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
        fake.close(),
      );
      const given = remember(api);
      const redis = await startRedis();
      const begin = (i: number): Promise<Mate> =>
        startMate(api, redis.url, {
          ...clockAhead(CLOCKS[i] ?? 0),
          ...(i === 0 ? DEAD : {}),
          ...(i === 3 ? { THE_ODDS_API_KEY: "" } : {}),
        });
      // The one that cannot read comes first, and has the lease.
      const mates = [await begin(0)];
      for (const i of [1, 2]) mates.push(await begin(i));
      const keyless = await begin(3);

      const ledger = new HonestLedger(given);
      const madeUp = new Ledger();
      const clients = Array.from({ length: CLIENTS }, (_, i) => {
        const door = i % 2 === 0 ? "plain" : "Socket.IO";
        const updates = i % 4 < 2 ? "delta" : "full";
        const real = i % 4 !== 3;
        const places = () => (real ? mates : [keyless]);
        return new Follower(`client ${i}`, places, SPORT, updates, door, real ? ledger : madeUp, i);
      });
      const real = clients.filter((_, i) => i % 4 !== 3);
      const simulated = clients.filter((_, i) => i % 4 === 3);
      await eventually(() => clients.every(({ seen }) => seen.length > 2) || undefined, 40_000);

      const takeovers: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, LASTS_MS / (KILLS + 1)));
        const leader = await leaderOf(mates);
        const before = api.reads.length;
        const killedAt = performance.now();
        leader.process.child.kill("SIGKILL");
        await eventually(() => api.reads.length > before || undefined, TAKEOVER_MS);
        takeovers.push(Math.round(performance.now() - killedAt));
        const at = mates.indexOf(leader);
        mates[at] = await begin(at);
      }
      await new Promise((resolve) => setTimeout(resolve, LASTS_MS / (KILLS + 1)));

      const tally = new Map<string, number>();
      let earlyMs = 0;
      let lateMs = 0;
      for (const { seen, name } of clients) {
        for (const { status, reason, timestamp, fetchedAt, cameAt } of seen) {
          const told = `${status}${reason ? ` ${reason}` : ""}`;
          tally.set(told, (tally.get(told) ?? 0) + 1);
          expect(timestamp - fetchedAt, name).toBeGreaterThanOrEqual(0);
          earlyMs = Math.max(earlyMs, timestamp - cameAt);
        }
        // Some come late, as there is one process here for all clients; a wrong clock would have all of them off.
        const delays = seen
          .map(({ cameAt, timestamp }) => cameAt - timestamp)
          .sort((one, other) => one - other);
        lateMs = Math.max(lateMs, delays[Math.floor(delays.length / 2)] ?? 0);
      }
      process.stdout.write(
        `${CLIENTS} clients, ${api.reads.length} reads, told ${JSON.stringify(Object.fromEntries(tally))}; takeovers, in ms: ${takeovers.join(", ")}; ` +
          `fetchedAt off by ${ledger.worstMs} ms at most, timestamp early by ${earlyMs} ms at most, late by ${lateMs} ms in a client's median\n`,
      );
      expect([...ledger.faults, ...madeUp.faults]).toEqual([]);
      expect(ledger.told).toBeGreaterThan(real.length * 5);
      expect(ledger.worstMs).toBeLessThan(CLOCK_MS);
      expect(earlyMs).toBeLessThan(CLOCK_MS);
      expect(lateMs).toBeLessThan(CLOCK_MS);
      for (const { seen, name } of real) {
        expect([...new Set(seen.map(({ source }) => source))], name).toEqual(["the-odds-api"]);
      }
      for (const { seen, name } of simulated) {
        expect([...new Set(seen.map(({ source }) => source))], name).toEqual(["simulated"]);
        expect([...new Set(seen.map(({ status }) => status))], name).toEqual(["live"]);
      }
      // In the end all have the newest board, whoever reads.
      await eventually(
        () => {
          const latest = real.map((one) => one.latest);
          const isOne = new Set(latest.map((seen) => `${seen?.epoch} ${seen?.version}`)).size === 1;
          return (isOne && latest.every((seen) => seen?.status === "live")) || undefined;
        },
        TAKEOVER_MS + 10 * TICK_MS,
      );
      expect(ledger.faults).toEqual([]);
      for (const mate of [...mates, keyless]) {
        const met = mate.process.lines.filter((line) => line.includes("ANOTHER FLEET"));
        expect(met).toHaveLength(1);
      }
    },
  );
});
