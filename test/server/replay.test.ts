import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { ConfigError } from "../../src/config.js";
import type { SportsAnswer } from "../../src/protocol/answers.js";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import { DOORS, type Inbox, wsClient } from "../helpers/clients.js";
import { smallBoard } from "../helpers/fake-odds-api.js";
import { type GivenReading, keep, openEngine, SOURCE } from "../helpers/kept-boards.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { temporaryFolder } from "../helpers/process.js";
import { board, edited } from "../helpers/random-boards.js";
import { haveRecordings, NO_RECORDINGS, recordedSequence } from "../helpers/recorded.js";
import { startApp } from "../helpers/start-app.js";

const SPORT = "americanfootball_nfl";
const START = Date.parse("2026-11-22T18:00:00Z");
const EVERY_MS = 20_000;
const ISO = (at: number) => new Date(at).toISOString();

/** Keeps readings in a file as a server would, and says where and which boards clients had. */
async function record(
  readings: readonly GivenReading[],
  { file = path.join(temporaryFolder(), "history.db"), source = SOURCE, sport = SPORT } = {},
) {
  const engine = await openEngine(file, source);
  const given = await keep(engine, sport, readings, EVERY_MS);
  await engine.close();
  return { file, boards: given.map((events) => withoutLastUpdates(events)) };
}

/** A server that plays a file, with the quickest ticks there are. */
const startReplay = (file: string, env: Record<string, string> = {}) =>
  startApp({
    ODDS_SOURCE: "replay",
    HISTORY_PATH: file,
    ODDS_POLL_INTERVAL_MS: "50",
    ODDS_CACHE_TTL_MS: "0",
    ...env,
  });

/** The boards that a client has had, each as often as its version or status moved. */
function boardsOf(messages: readonly ServerMessage[]): ClientBoard[] {
  const boards: ClientBoard[] = [];
  let now: ClientBoard | undefined;
  for (const message of messages) {
    if (message.type === "odds_update") {
      const { type: _, ...rest } = message;
      now = rest;
    } else if (message.type === "odds_delta" && now) now = applyDelta(now, message);
    else continue;
    const last = boards.at(-1);
    if (last?.version === now.version && last.status === now.status) boards.pop();
    boards.push(now);
  }
  return boards;
}

const isOver = ({ reason }: { reason: string | null }) => reason === "REPLAY_ENDED";

/** Resolves with all boards of a client when the replay is over. */
async function untilItsEnd(inbox: Inbox): Promise<ClientBoard[]> {
  await Promise.race([inbox.first("odds_update", isOver), inbox.first("odds_delta", isOver)]);
  return boardsOf(inbox.messages);
}

/** Those that differ from the one before. */
function distinct(boards: readonly unknown[]): unknown[] {
  return boards.filter((it, i) => i === 0 || JSON.stringify(it) !== JSON.stringify(boards[i - 1]));
}

/** A board of one game whose first price is this. */
const priced = (price: number): OddsEvent[] =>
  smallBoard(1, SPORT).map((event) => ({
    ...event,
    bookmakers: [
      { key: "fanduel", title: "FanDuel", markets: [{ key: "h2h", outcomes: [{ name: "A", price }] }] },
    ],
  }));
const priceOf = ({ odds }: Pick<ClientBoard, "odds">) =>
  odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;

const randomSequence = (): OddsEvent[][] => {
  const [first = []] = fc.sample(board, { numRuns: 1, seed: 17 });
  const all = [first];
  for (let i = 1; i < 7; i += 1) {
    all.push(fc.sample(edited(all[i - 1] as OddsEvent[]), { numRuns: 1, seed: i })[0] as OddsEvent[]);
  }
  return all;
};

/** The first is shown for longer, as clients have yet to come. */
const timed = (all: readonly OddsEvent[][]): GivenReading[] =>
  all.map((events, i) => ({ events, at: START + (i === 0 ? 0 : 30_000 + i * EVERY_MS) }));

const SEQUENCES = [
  { name: "random boards", sequence: randomSequence, skip: false },
  {
    name: `the recorded sequence (${NO_RECORDINGS})`,
    sequence: () =>
      recordedSequence()
        .slice(0, 7)
        .map(({ events }) => events),
    skip: !haveRecordings,
  },
];

describe.concurrent("A replay", () => {
  for (const { name, sequence, skip } of SEQUENCES) {
    it.skipIf(skip)(
      `at speed 20 gives the same boards in the same order, at both doors: ${name}`,
      async () => {
        const readings = timed(sequence());
        const { file, boards } = await record(readings);
        const server = await startReplay(file, { REPLAY_SPEED: "20" });
        const clients = await Promise.all(
          DOORS.slice(0, 2).flatMap(({ connect }) => [connect(server), connect(server)]),
        );
        for (const [i, client] of clients.entries()) {
          client.say({ type: "subscribe", sport: SPORT, updates: i % 2 === 0 ? "full" : "delta" });
        }
        for (const had of await Promise.all(clients.map(({ inbox }) => untilItsEnd(inbox)))) {
          expect(had.every(({ source }) => source === "replay")).toBe(true);
          expect(distinct(had.map(({ odds }) => odds))).toEqual(distinct(boards));
          const moments = had.map(({ replayedAt = 0 }) => replayedAt);
          expect(moments).toEqual([...moments].sort((a, b) => a - b));
          for (const { replayedAt = 0, odds } of had) {
            const shown = readings.findLastIndex(({ at }) => at <= replayedAt);
            expect(odds, ISO(replayedAt)).toEqual(boards[shown]);
          }
        }
      },
      60_000,
    );
  }

  it("begins where it is told to, and says what it plays", async () => {
    const { file } = await record(
      [1, 2, 3].map((price, i) => ({ events: priced(price), at: START + i * EVERY_MS })),
    );
    const server = await startReplay(file, { REPLAY_FROM: ISO(START + EVERY_MS + 1000) });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    const first = await client.inbox.first("odds_update");
    expect(priceOf(first)).toBe(2);
    expect(first.replayedAt).toBeGreaterThanOrEqual(START + EVERY_MS + 1000);
    expect(server.log.lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: `REPLAY: these prices are of the past. What was kept of ${SOURCE} is played from ${ISO(START + EVERY_MS + 1000)} to ${ISO(START + 3 * EVERY_MS)} at speed 1, and then its last boards stay.`,
      }),
    );
  });

  it("begins again at its end where it is told to", async () => {
    const { file } = await record(
      [1, 2].map((price, i) => ({ events: priced(price), at: START + i * EVERY_MS })),
    );
    const server = await startReplay(file, { REPLAY_SPEED: "100", REPLAY_LOOP: "true" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update", ({ version }) => version === 5);
    const had = boardsOf(client.inbox.messages);
    expect(had.map(priceOf).join()).toMatch(/^(1,2,1,2,1|2,1,2,1,2)$/);
    expect(new Set(had.map(({ epoch, status }) => `${epoch} ${status}`)).size).toBe(1);
    for (const { replayedAt = 0, odds } of had) {
      const [changed = ""] = odds.map(({ bookmakers }) => bookmakers[0]?.markets[0]?.changed_at);
      expect(Date.parse(changed)).toBeLessThanOrEqual(replayedAt);
    }
  });

  it("keeps its last board at its end, as stale, for those who come then too", async () => {
    const { file } = await record(
      [1, 2].map((price, i) => ({ events: priced(price), at: START + i * EVERY_MS })),
    );
    const server = await startReplay(file, { REPLAY_SPEED: "100", REPLAY_FROM: ISO(START + EVERY_MS) });
    for (const { connect } of DOORS.slice(0, 2)) {
      const client = await connect(server);
      client.say({ type: "subscribe", sport: SPORT });
      const last = await client.inbox.first("odds_update", isOver);
      expect(last).toMatchObject({ status: "stale", replayedAt: expect.any(Number) });
      expect(priceOf(last)).toBe(2);
      const later = await client.inbox.next("odds_update");
      expect(later).toMatchObject({ status: "stale", reason: "REPLAY_ENDED", fetchedAt: last.fetchedAt });
    }
  });

  it("keeps a board as it was where nothing was recorded, with the reason, and goes on behind that", async () => {
    const again = START + 20 * EVERY_MS;
    const gaps = [{ from: START + EVERY_MS, to: again, reason: "CREDITS" }];
    const { file } = await record([
      { events: priced(1), at: START },
      { events: priced(2), at: START + EVERY_MS },
      { events: priced(3), at: again, gaps },
      ...[1, 2, 3, 4, 5].map((more) => ({ events: priced(3), at: again + more * EVERY_MS })),
    ]);
    const server = await startReplay(file, { REPLAY_SPEED: "100", REPLAY_FROM: ISO(START + 2 * EVERY_MS) });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await untilItsEnd(client.inbox);
    const had = client.inbox.all("odds_update");
    const seen = distinct(had.map((it) => [priceOf(it), it.status, it.reason]));
    expect(seen).toEqual([
      [2, "stale", "CREDITS"],
      [3, "live", null],
      [3, "stale", "REPLAY_ENDED"],
    ]);
    const stood = had.filter(({ reason }) => reason === "CREDITS");
    expect(new Set(stood.map(({ fetchedAt, replayedAt }) => `${fetchedAt} ${replayedAt}`)).size).toBe(1);
    expect(stood[0]?.replayedAt).toBe(START + EVERY_MS);
    expect(client.inbox.all("error")).toEqual([]);
  });

  it("is of real odds where there are any, and answers REST as well", async () => {
    const at = START - 24 * 3_600_000;
    const { file } = await record([{ events: priced(-110), at }], { source: "the-odds-api:american" });
    await record([{ events: priced(2), at: START }], { file });
    const server = await startReplay(file);
    const answer = (await (await fetch(`${server.url}/api/odds/live?sport=${SPORT}`)).json()) as ClientBoard;
    expect(answer).toMatchObject({ source: "replay", status: "live" });
    expect(priceOf(answer)).toBe(-110);
    expect((answer.replayedAt ?? 0) - at).toBeLessThan(EVERY_MS);
    const { sports } = (await (await fetch(`${server.url}/api/odds/sports`)).json()) as SportsAnswer;
    expect(sports).toEqual([
      expect.objectContaining({ key: SPORT, group: "American Football", active: true, has_outrights: false }),
    ]);
  });

  it("writes nothing, although a history is to be kept", async () => {
    const { file } = await record(
      [1, 2].map((price, i) => ({ events: priced(price), at: START + i * EVERY_MS })),
    );
    const rows = async () => {
      const engine = await openEngine(file);
      const { rows } = await engine.size();
      await engine.close();
      return rows;
    };
    const before = await rows();
    const server = await startReplay(file, { REPLAY_SPEED: "100", HISTORY: "on" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await untilItsEnd(client.inbox);
    await server.stop();
    expect(await rows()).toBe(before);
    const warnings = server.log.lines.filter(({ level }) => level === "warn" || level === "error");
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^REPLAY: /)]);
  });

  it("does not start where nothing is kept, or nothing behind the moment it is to begin at", async () => {
    const empty = startReplay(path.join(temporaryFolder(), "history.db"));
    await expect(empty).rejects.toThrow(ConfigError);
    await expect(empty).rejects.toThrow("ODDS_SOURCE=replay finds nothing to replay");
    const { file } = await record([{ events: priced(1), at: START }]);
    await expect(startReplay(file, { REPLAY_FROM: ISO(START + EVERY_MS) })).rejects.toThrow(
      `REPLAY_FROM must lie before ${ISO(START + EVERY_MS)}, where what is kept ends`,
    );
  });

  it("does not start on a file that another process has", async () => {
    const file = path.join(temporaryFolder(), "history.db");
    await openEngine(file);
    await expect(startReplay(file)).rejects.toThrow(`${file} is `);
  });
});
