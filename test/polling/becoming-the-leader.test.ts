import { expect, it } from "vitest";
import type { Cluster } from "../../src/polling/cluster.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
/** Ticks are ours to make: none comes by itself as long as the test lasts. */
const TICK_MS = 60_000;

it("A process that is elected after a tick, before the leader told of it, sends what it has for that tick", async () => {
  const cluster: Cluster & { leads: boolean } = {
    id: "one of them",
    leads: false,
    connected: true,
    start: async () => {},
    publish: async () => true,
    now: Date.now,
    processes: async () => [],
    stepDown: async () => {},
    close: async () => {},
  };
  const { role, feed, boards, demand } = pollingParts(
    {
      name: "simulated",
      sports: async () => ({ sports: [sport(SPORT)] }),
      board: async (_sport, at) => ({ events: smallBoard(), fetchedAt: at }),
      close: () => {},
    },
    Date.now,
    "off",
    TICK_MS,
    { cluster },
  );
  closeAfter(role, (it) => it.stop());
  const sent = new Promise<string>((resolve) =>
    feed.listen({ updated: async ({ sport: of }) => resolve(of), failed: () => {} }),
  );
  boards.put(SPORT, { events: smallBoard(), fetchedAt: Date.now() });
  await role.start(() => ({ clients: 0 }));
  demand.add(SPORT);
  role.current.tick(Date.now());
  cluster.leads = true;
  expect(await sent).toBe(SPORT);
});
