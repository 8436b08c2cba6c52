import { expect, it } from "vitest";
import { Hub } from "../../src/delivery/hub.js";
import { MessageCache } from "../../src/delivery/message-cache.js";
import type { PreparedMessage } from "../../src/delivery/prepared-message.js";
import { Metrics, TransportCounts } from "../../src/metrics.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
/** Ticks are ours to make: none comes by itself as long as a test lasts. */
const TICK_MS = 60_000;

/** A connection that takes every frame at once; while it is `faulty`, or its `gauge` is, everything about that throws. */
class LiteralConnection {
  readonly told: string[] = [];
  readonly deflates = false;
  readonly open = true;
  readonly id = "a client";
  readonly client = "192.0.2.1";
  readonly counts = new TransportCounts();
  readonly unread = 0;
  refuse(): void {}
  boards = 0;
  faulty = false;
  faultyGauge = false;
  private sent: (() => void) | undefined;

  get unsent(): number {
    if (this.faultyGauge) throw new TypeError("There is no such socket.");
    return 0;
  }

  bytesOf(): number {
    return 0;
  }

  write(frame: PreparedMessage, sent?: () => void): void {
    if (this.faulty) throw new TypeError("There is no such socket.");
    this.told.push((JSON.parse(frame.json) as { type: string }).type);
    this.sent = sent;
  }

  /** The network has taken what was written last. */
  drain(): void {
    this.sent?.();
  }
}

it("A fault at one connection costs that one a tick, and nobody else anything", async () => {
  const log = rememberingLog();
  const clock = { now: Date.UTC(2026, 3, 30, 20) };
  let price = 1.5;
  const { feed, role, demand, catalog } = pollingParts(
    {
      name: "simulated",
      sports: async () => ({ sports: [sport(SPORT)] }),
      board: async (_sport, at) => {
        price += 0.1;
        return { events: smallBoard(price), fetchedAt: at };
      },
      close: () => {},
    },
    () => clock.now,
    "off",
    TICK_MS,
    { log },
  );
  await catalog.misspelt();
  const hub = new Hub(feed, new MessageCache(feed), new Metrics().transports, log);
  closeAfter(role, () => role.stop());
  await role.start(() => ({ clients: 0 }));
  demand.add(SPORT);
  const connections = [new LiteralConnection(), new LiteralConnection(), new LiteralConnection()] as const;
  const [first, sick, last] = connections;
  for (const connection of connections) hub.join(SPORT, connection, "delta");
  const tick = async () => {
    clock.now += TICK_MS;
    const news = log.lines.length;
    role.current.tick(clock.now);
    await expect
      .poll(() => log.lines.slice(news).some((line) => line.message.startsWith("Odds update")))
      .toBe(true);
    for (const connection of connections) connection.drain();
  };
  await tick();
  await tick();
  sick.faulty = true;
  await tick();
  sick.faulty = false;
  sick.faultyGauge = true;
  await tick();
  sick.faultyGauge = false;
  await tick();
  await tick();

  const wellTold = ["odds_update", "odds_delta", "odds_delta", "odds_delta", "odds_delta", "odds_delta"];
  expect(first.told).toEqual(wellTold);
  expect(last.told).toEqual(wellTold);
  expect(sick.told).toEqual(["odds_update", "odds_delta", "odds_update", "odds_delta"]);
  expect(feed.current(SPORT)).toMatchObject({ status: "live", reason: null });
  const faults = log.lines.filter(({ level }) => level === "error");
  expect(faults.map(({ message }) => message)).toEqual([
    `A client of ${SPORT} could not be served, by a fault of ours`,
  ]);
  expect(faults[0]?.fields.stack).toContain("TypeError");
});

it("A fault once a frame has left for one connection is met by its next tick", async () => {
  // What the network has taken is told from within a socket: a fault there would end the process.
  const log = rememberingLog();
  const clock = { now: Date.UTC(2026, 3, 30, 20) };
  const { feed, boards } = pollingParts(
    {
      name: "simulated",
      sports: async () => ({ sports: [] }),
      board: async () => ({ events: [], fetchedAt: 0 }),
      close() {},
    },
    () => clock.now,
    "off",
    TICK_MS,
    { log },
  );
  boards.put(SPORT, { events: smallBoard(), fetchedAt: 1 });
  const hub = new Hub(feed, new MessageCache(feed), new Metrics().transports, log);
  const connection = new LiteralConnection();
  const subscription = hub.join(SPORT, connection, "full");
  subscription.catchUp();
  const [event] = smallBoard(3);
  boards.put(SPORT, { events: [{ ...event, extra: 1n } as never], fetchedAt: 2 });
  subscription.offer({} as PreparedMessage, 1);
  connection.drain();
  boards.put(SPORT, { events: smallBoard(4), fetchedAt: 3 });
  subscription.catchUp();
  expect(connection.told).toEqual(["odds_update", "odds_update"]);
  expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
});
