import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { DOORS, socketIoClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { GoodClient } from "../helpers/good-client.js";
import { inFull } from "../helpers/in-full.js";
import { makeLively } from "../helpers/lively-boards.js";
import { type ServerProcess, startProcess, startSource } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";
import { type Vitals, vitals } from "../helpers/vitals.js";

/*
 * Thousands of frames that are cut, broken, compressed, out of place, from many connections at once, beside clients of
 * good will. A long run by hand, and the same attackers again:
 *
 *   FUZZ_MESSAGES=100000 FUZZ_SEED=7 npx vitest run test/server/fuzz.test.ts
 *   FUZZ_SEED=7 FUZZ_ONLY=1234 npx vitest run test/server/fuzz.test.ts
 */
const BY_HAND = Object.keys(process.env).some((name) => name.startsWith("FUZZ_"));
const MESSAGES = Number(process.env.FUZZ_MESSAGES ?? inFull(5000, 1000));
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
/** One attacker, by its number; all by themselves. */
const ONLY = process.env.FUZZ_ONLY;
const AT_ONCE = 20;
const WARM_UP_MESSAGES = 500;
const SPORT = "basketball_nba";
const TICK_MS = 100;
/** Thirty ticks: a machine of two cores has others to run as well, and one that polls makes two requests for each. */
const MOST_GAP_MS = 3000;
const MOST_MORE_MB = 60;
/** Sockets of probes that come and go. */
const MOST_MORE_DESCRIPTORS = 2;

const assaultSchema = z.object({ sent: z.number(), next: z.number(), suspects: z.array(z.number()) });

/** Runs attackers, numbered from `first`, until so many messages are sent or the server is dead. */
async function assault(server: ServerProcess, port: number, first: number, messages: number) {
  const env = {
    PORT: String(port),
    SERVER_PID: String(server.child.pid),
    SEED: String(SEED),
    FIRST: String(first),
    MESSAGES: String(messages),
    AT_ONCE: String(AT_ONCE),
    ...(ONLY === undefined ? {} : { ONLY }),
  };
  const attackers = startSource("test/helpers/fuzz-attackers.ts", env);
  const { sent, next, suspects } = assaultSchema.parse(JSON.parse(await attackers.line('"sent":')));
  if (server.child.exitCode !== null || server.child.signalCode !== null) {
    const last = [...server.lines.slice(-3), (await server.ended).stderr].join("\n");
    throw new Error(
      `Dead after about ${sent} messages. FUZZ_SEED=${SEED}, FUZZ_ONLY is one of ${suspects}.\n${last}`,
    );
  }
  return { sent, next };
}

const told = ({ rssMb, descriptors }: Vitals) => `${rssMb.toFixed(0)} MB, ${descriptors} descriptors`;

it("outlives whatever bytes come in, and those of good will lose nothing", {
  timeout: 90_000 + MESSAGES * 20,
}, async ({ annotate }) => {
  /** Shown where the test fails, and by hand. */
  const say = async (line: string) => {
    if (BY_HAND) process.stdout.write(`${line}\n`);
    else await annotate(line);
  };
  await say(`FUZZ_SEED=${SEED} FUZZ_MESSAGES=${MESSAGES}`);
  const boards = { [SPORT]: smallBoard(), soccer_epl: smallBoard(1.5, "soccer_epl") };
  const api = closeAfter(await startFakeOddsApi(boards), (it) => it.close());
  makeLively(api);
  const server = startProcess({
    PORT: "0",
    HOST: "127.0.0.1",
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: api.url,
    ODDS_PACING: "off",
    ODDS_POLL_INTERVAL_MS: String(TICK_MS),
    ODDS_CACHE_TTL_MS: String(TICK_MS),
    RATE_LIMIT_MAX: "1000000",
    // Who polls and is gone without a word is noticed soon.
    PING_INTERVAL_MS: "1000",
    PING_TIMEOUT_MS: "6000",
  });
  const port = await server.listening();
  const url = `http://127.0.0.1:${port}`;
  const at = { port, url, wsUrl: `ws://127.0.0.1:${port}/odds` };
  const health = async () => (await fetch(`${url}/health`)).json();

  const ways = [
    ...DOORS,
    { door: "Socket.IO by polling", connect: () => socketIoClient(at, { transports: ["polling"] }) },
  ];
  const good = await Promise.all(
    ways.flatMap(({ door, connect }) =>
      (["full", "delta"] as const).map(
        async (updates) => new GoodClient(`${door}, ${updates}`, await connect(at), SPORT, updates),
      ),
    ),
  );
  const everyBoard = () => good.map(({ board }) => board !== undefined);
  await expect.poll(everyBoard, { timeout: 5000 }).toEqual(good.map(() => true));
  const asking = closeAfter(
    setInterval(() => {
      for (const client of good) client.ask();
    }, 1000),
    clearInterval,
  );

  const pid = server.child.pid ?? 0;
  const settled = async (most?: Vitals): Promise<Vitals | undefined> => {
    await expect.poll(health, { timeout: 30_000 }).toMatchObject({ websocket: good.length });
    if (!existsSync(`/proc/${pid}`)) return undefined;
    const deadline = performance.now() + 15_000;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const now = vitals(pid);
      const calm = !most || (now.descriptors <= most.descriptors && now.rssMb <= most.rssMb);
      if (calm || performance.now() > deadline) return now;
    }
  };

  const warm = ONLY === undefined ? await assault(server, port, 0, WARM_UP_MESSAGES) : { next: 0 };
  const before = await settled();
  if (before) await say(`before: ${told(before)}`);
  for (const client of good) client.forget();
  const began = performance.now();
  const { sent, next } = await assault(server, port, warm.next, MESSAGES);
  const seconds = (performance.now() - began) / 1000;
  await say(`${sent} messages by ${next - warm.next} attackers in ${seconds.toFixed(1)} s`);
  const longest = Math.max(...good.map(({ longestGapMs }) => longestGapMs));
  await say(`longest gap between ticks: ${longest.toFixed(0)} ms`);
  expect(good.flatMap(({ faults }) => faults)).toEqual([]);
  for (const client of good) expect(client.silentMs, client.name).toBeLessThan(MOST_GAP_MS);
  const after = await settled(
    before && {
      rssMb: before.rssMb + MOST_MORE_MB,
      descriptors: before.descriptors + MOST_MORE_DESCRIPTORS,
    },
  );
  if (after) await say(`after: ${told(after)}`);

  // From here on prices stand still, so that one board can be held against the other.
  api.board = undefined;
  const reads = api.reads.length;
  await expect.poll(() => api.reads.length, { timeout: 5000 }).toBeGreaterThan(reads + 2);
  clearInterval(asking);
  const { epoch, version } = (await (
    await fetch(`${url}/api/odds/live?sport=${SPORT}`)
  ).json()) as OddsUpdate;
  await expect
    .poll(() => good.map(({ board }) => [board?.epoch, board?.version]), { timeout: 5000 })
    .toEqual(good.map(() => [epoch, version]));
  const served = (await (await fetch(`${url}/api/odds/live?sport=${SPORT}`)).json()) as OddsUpdate;
  for (const client of good) {
    expect(client.board?.odds, client.name).toEqual(served.odds);
    expect(client.faults.join("\n")).toBe("");
  }
  expect(longest).toBeLessThan(MOST_GAP_MS);
  if (before && after) {
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + MOST_MORE_DESCRIPTORS);
    expect(after.rssMb).toBeLessThan(before.rssMb + MOST_MORE_MB);
  }

  for (const client of good) client.close();
  await expect.poll(health, { timeout: 5000 }).toMatchObject({ websocket: 0, wanted: [] });
  expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(server.child.exitCode).toBeNull();
});
