import { expect, it } from "vitest";
import { BoardStore } from "../../src/board/store.js";
import { Fleet } from "../../src/cluster/fleet.js";
import { RedisCluster } from "../../src/cluster/redis-cluster.js";
import { loadConfig } from "../../src/config.js";
import { newIdentity } from "../../src/identity.js";
import type { ClusterListener, LeaderStatus } from "../../src/polling/cluster.js";
import { eventually } from "../helpers/fleet.js";
import { describeWithRedis, startRedis, type TestRedis } from "../helpers/redis.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const STATUS: LeaderStatus = {
  pollStatus: { nextFetchAt: 0, everyMs: 1000, trouble: undefined },
  quota: undefined,
  phaseMs: 0,
  why: "send",
};

/** A process of the fleet that keeps boards and takes down what it is told; `loaded`: each time it loads one. */
async function join(redis: TestRedis, loaded: (cluster: RedisCluster) => void = () => {}) {
  const config = loadConfig({});
  const cluster = new RedisCluster(
    newIdentity().process,
    redis.url,
    new Fleet("simulated", config),
    config,
    rememberingLog(),
  );
  const boards = new BoardStore(undefined, "simulated");
  const told: string[] = [];
  const listener: ClusterListener = {
    nodeInfo: () => ({
      clients: 0,
      wanted: new Map(),
      epoch: boards.epoch,
      positions: new Map(boards.all().map((board) => [board.sport, board])),
    }),
    epoch: (epoch) => boards.begin(epoch),
    step: (step) => boards.take(step) !== "gap",
    load: (snapshot) => {
      boards.load(snapshot);
      told.push("load");
      loaded(cluster);
    },
    hear: () => void told.push("status"),
    ask: () => void told.push("ask"),
    lost: () => {},
    rewrite: () => {},
    wants: () => {},
    elected: () => void told.push("elected"),
  };
  await cluster.open();
  closeAfter(cluster, () => cluster.close());
  await cluster.start(listener);
  return { cluster, boards, told };
}

/** Resolves once `to` was asked by `from`: what `from` said before that has come too. */
async function askedBy(from: RedisCluster, to: { readonly told: readonly string[] }): Promise<void> {
  const before = to.told.length;
  from.ask(SPORT, undefined);
  await eventually(() => to.told.slice(before).includes("ask") || undefined);
}

describeWithRedis("A process that does not lead", () => {
  it("tells the others no status, neither before it led nor after", { timeout: 30_000 }, async () => {
    const redis = await startRedis();
    const one = await join(redis);
    await eventually(() => one.told.includes("elected") || undefined);
    const other = await join(redis);

    other.cluster.tell(SPORT, STATUS);
    await askedBy(other.cluster, one);
    expect(one.told).not.toContain("status");

    one.cluster.tell(SPORT, STATUS);
    await askedBy(one.cluster, other);
    expect(other.told).toContain("status");

    await one.cluster.stepDown();
    const before = other.told.length;
    one.cluster.tell(SPORT, STATUS);
    await askedBy(one.cluster, other);
    expect(other.told.slice(before)).not.toContain("status");
  });

  it("does not come to lead by an answer that was under way when it stepped down", {
    timeout: 30_000,
  }, async () => {
    const redis = await startRedis();
    const one = await join(redis);
    await eventually(() => one.cluster.leads || undefined);
    const step = one.boards.draft(SPORT, { events: [], fetchedAt: one.cluster.now() });
    expect(await one.cluster.publish(step, STATUS)).toBe(true);
    await one.cluster.close();

    // It is given the lease, and steps down while it still loads what was written before.
    const steppedDown: Promise<void>[] = [];
    const other = await join(redis, (cluster) => steppedDown.push(cluster.stepDown()));
    expect(other.told).toContain("load");
    await Promise.all(steppedDown);
    expect(other.cluster.leads).toBe(false);
    expect(other.told).not.toContain("elected");
  });
});
