import { expect, it } from "vitest";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";
import { rememberingLog } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const MINUTE_MS = 60_000;

it("A fault of ours while a board is read is logged once, with its stack, however often the read is tried again", async () => {
  const log = rememberingLog();
  const clock = { now: Date.UTC(2026, 3, 30, 20) };
  let faulty = false;
  let reads = 0;
  const { feed, reader, demand, catalog } = pollingParts(
    {
      name: "simulated",
      sports: async () => ({ sports: [sport(SPORT)] }),
      board: async (_sport, at) => {
        reads += 1;
        if (faulty) throw new TypeError("This is not a board at all.");
        return { events: smallBoard(), fetchedAt: at };
      },
      close: () => {},
    },
    () => clock.now,
    "off",
    MINUTE_MS,
    { log },
  );
  await catalog.misspelt();
  demand.add(SPORT);
  const minute = async () => {
    clock.now += MINUTE_MS;
    reader.plan(clock.now);
    await reader.read(SPORT, clock.now);
  };
  await minute();
  faulty = true;
  for (let i = 0; i < 10; i += 1) await minute();
  expect(reads).toBeGreaterThan(5);
  expect(feed.current(SPORT)).toMatchObject({ version: 1, status: "stale", reason: "INTERNAL" });
  const faults = log.lines.filter(({ level }) => level === "error");
  expect(faults).toHaveLength(1);
  expect(faults[0]?.fields.stack).toContain("TypeError");
  faulty = false;
  await minute();
  await minute();
  expect(feed.current(SPORT)).toMatchObject({ status: "live", reason: null });
});
