import { expect, it } from "vitest";
import { READ_WAIT_MS } from "../../src/polling/board-view.js";
import { type ConnectedOdds, connectFollower } from "../helpers/connected-odds.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, startMate } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithNginx, startNginx } from "../helpers/nginx.js";
import { freePorts } from "../helpers/process.js";
import { startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 2000;
/** Half of them with the client library, half over the plain WebSocket. */
const CLIENTS = Number(process.env.ROLLING_CLIENTS ?? 200);
/** What a connection and a busy machine take, in ms. Where one process stops reading and the next begins, a tick may have to do without. */
const SLACK_MS = READ_WAIT_MS + 1000;

const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor((sorted.length - 1) * q)] ?? 0;

describeWithNginx("A rolling restart of four processes behind nginx, without stickiness", () => {
  it("costs no client a version, nor more than a tick and its delay", { timeout: 180_000 }, async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
      fake.close(),
    );
    makeLively(api);
    const redis = await startRedis();
    const ports = await freePorts(4);
    const start = (port: number) =>
      startMate(api, redis.url, {
        PORT: String(port),
        TRUST_PROXY: "1",
        ODDS_POLL_INTERVAL_MS: String(TICK_MS),
        ODDS_CACHE_TTL_MS: String(TICK_MS),
        MAX_CONNECTIONS_PER_IP: "100000",
      });
    const mates = await Promise.all(ports.map(start));
    const nginx = await startNginx(ports, { sticky: false });
    const ledger = new Ledger();
    const plain = Array.from(
      { length: CLIENTS / 2 },
      (_, i) => new Follower(`plain ${i}`, () => [nginx], SPORT, "delta", "plain", ledger, 0),
    );
    const library: ConnectedOdds[] = Array.from({ length: CLIENTS / 2 }, (_, i) =>
      connectFollower(nginx.url, SPORT, ledger, `library ${i}`),
    );
    const clients = [...plain, ...library];
    await eventually(() => clients.every(({ seen }) => seen.length > 1) || undefined, 30_000);
    for (const client of clients) client.waits.splice(0);

    for (const [i, mate] of mates.entries()) {
      mate.process.child.kill("SIGTERM");
      expect((await mate.process.ended).code).toBe(0);
      mates[i] = await start(mate.port);
    }
    const last = Math.max(...clients.map(({ latest }) => latest?.version ?? 0));
    await eventually(() => clients.every(({ latest }) => (latest?.version ?? 0) > last) || undefined);

    expect(ledger.faults).toEqual([]);
    const beyond = clients
      .flatMap(({ waits }) => waits.map(({ ms, delayMs }) => ms - delayMs - TICK_MS))
      .sort((a, b) => a - b);
    const recovered = clients.reduce((sum, client) => sum + client.recovered, 0);
    const resynced = clients.reduce((sum, client) => sum + client.resynced, 0);
    const longest = clients.flatMap(({ waits }) => waits).reduce((most, { ms }) => Math.max(most, ms), 0);
    process.stdout.write(
      `${CLIENTS} clients, ${recovered + resynced} resumed: ${((100 * recovered) / (recovered + resynced)).toFixed(2)} % by delta. ` +
        `Between two updates at most ${Math.round(longest)} ms; beyond tick and delay: p50 ${Math.round(quantile(beyond, 0.5))}, ` +
        `p99 ${Math.round(quantile(beyond, 0.99))}, most ${Math.round(quantile(beyond, 1))} ms\n`,
    );
    expect(recovered).toBeGreaterThan(CLIENTS * 0.9);
    expect(recovered / (recovered + resynced)).toBeGreaterThan(0.99);
    expect(quantile(beyond, 1)).toBeLessThan(SLACK_MS);
    // Every version was read, and each client had all of them or a delta over them: none was skipped by a whole board.
    for (const client of plain) expect(client.resynced, client.name).toBe(0);
  });
});
