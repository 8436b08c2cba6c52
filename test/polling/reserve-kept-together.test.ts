import { expect, it } from "vitest";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

it("reads that begin in the same moment do not touch the reserve together", async () => {
  const now = Date.UTC(2026, 10, 16);
  const keys = ["basketball_nba", "icehockey_nhl", "soccer_epl"];
  let paid = 0;
  const source = {
    name: "the-odds-api" as const,
    sports: async () => ({
      sports: keys.map((key) => sport(key)),
      quota: { remaining: 404, used: 19_596, last: null },
    }),
    board: async (_: unknown, at: number) => {
      paid += 1;
      return { events: smallBoard(), fetchedAt: at, paid: { predicted: 3 } };
    },
    cost: () => 3,
    close: () => {},
  };
  const { catalog, demand, reader } = pollingParts(source, () => now, "off", 5000);
  await catalog.misspelt();
  for (const key of keys) demand.add(key, key);
  reader.plan(now);
  await Promise.all(keys.map((key) => reader.read(key, now)));
  expect(paid).toBe(1);
});
