import { describe, expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { DOORS, socketIoClient } from "../helpers/clients.js";
import { type Behaviour, failWith, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
/** A tick of 100 ms is read within 300 ms, and waited for 1 s more: a board is old then. */
const OLD_MS = 1300;
const NOT_WATCHED = { status: "stale", reason: "NOT_WATCHED" };
const LIVE = { status: "live", reason: null };
/** An upstream that takes the question, and never answers. */
const silent: Behaviour = () => true;

const live = async (server: Running, headers = {}) => {
  const answer = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`, { headers });
  return { answer, board: answer.status === 200 ? ((await answer.json()) as OddsUpdate) : undefined };
};

/** A server that has an old board, as nobody wanted it any more; `watched` is the last that was told of it. */
async function quietServer() {
  const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
  const server = await startAppOn(api);
  const client = await socketIoClient(server);
  client.say({ type: "subscribe", sport: SPORT, updates: "delta" });
  const watched = await client.inbox.first("odds_update");
  client.close();
  const lastRead = () => api.reads.at(-1)?.at ?? 0;
  await eventually(() => performance.now() - lastRead() > OLD_MS + 100 || undefined);
  return { api, server, watched };
}

async function statusOf(server: Running) {
  const answer = await fetch(`${server.url}/status`);
  const body = (await answer.json()) as { status: string; reasons: string[]; sports: object[] };
  return { code: answer.status, ...body };
}

describe.each(DOORS)("A board that nobody wanted for a while, at the $door door", ({ connect }) => {
  it("is NOT_WATCHED to the first who comes, and live once it is read", async () => {
    const { server } = await quietServer();
    const { say, inbox } = await connect(server);
    say({ type: "subscribe", sport: SPORT });
    await inbox.next("odds_update", ({ status }) => status === "live");
    const [first, second] = inbox.all("odds_update");
    expect(first).toMatchObject(NOT_WATCHED);
    expect((first?.timestamp ?? 0) - (first?.fetchedAt ?? 0)).toBeGreaterThan(OLD_MS);
    expect(second).toMatchObject(LIVE);
  });

  it("is so to one that resumes with deltas, too", async () => {
    const { server, watched } = await quietServer();
    const { epoch, version } = watched;
    const { say, inbox } = await connect(server);
    say({ type: "subscribe", sport: SPORT, updates: "delta", since: { epoch, version } });
    await inbox.next("odds_delta", ({ status }) => status === "live");
    const [first, second] = inbox.all("odds_delta");
    expect(first).toMatchObject(NOT_WATCHED);
    expect(second).toMatchObject(LIVE);
    expect(inbox.all("odds_update")).toEqual([]);
  });
});

describe("A board that nobody wanted for a while", () => {
  it("is NOT_WATCHED over REST while its read does not come back, with an ETag of its own", async () => {
    const { api, server } = await quietServer();
    let answer = () => {};
    api.board = (request, response) => {
      answer = () => failWith(200, smallBoard())(request, response);
    };
    const old = await live(server);
    expect(old.board).toMatchObject(NOT_WATCHED);
    answer();
    const etag = old.answer.headers.get("etag") ?? "";
    const read = await eventually(async () => (await live(server, { "if-none-match": etag })).board);
    expect(read).toMatchObject({ ...LIVE, version: old.board?.version });
  });

  it("is read for who asks over REST, and live at once where that is quick", async () => {
    const { server } = await quietServer();
    expect((await live(server)).board).toMatchObject(LIVE);
  });

  it("makes the server neither degraded nor down when somebody comes, and wakes nobody", async () => {
    const { api, server } = await quietServer();
    api.board = silent;
    const { say, inbox } = await socketIoClient(server);
    say({ type: "subscribe", sport: SPORT });
    await inbox.first("odds_update");
    expect(await statusOf(server)).toMatchObject({
      code: 200,
      status: "ok",
      reasons: [],
      sports: [{ sport: SPORT, ...NOT_WATCHED }],
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`live_odds_board_status{sport="${SPORT}",status="stale"} 1`);
    expect(metrics).not.toContain("live_odds_board_age_seconds{");
  });

  it("is OVERDUE once its read does not come back for longer than it may", async () => {
    const { api, server } = await quietServer();
    api.board = silent;
    const { say, inbox } = await socketIoClient(server);
    say({ type: "subscribe", sport: SPORT });
    const overdue = await inbox.first("odds_update", ({ reason }) => reason === "OVERDUE");
    const [first] = inbox.all("odds_update");
    expect(first).toMatchObject(NOT_WATCHED);
    expect(overdue.timestamp - (first?.timestamp ?? 0)).toBeGreaterThan(OLD_MS - 100);
    expect(await statusOf(server)).toMatchObject({ status: "down", reasons: ["OVERDUE"] });
  });
});

describe("A board that somebody wants all the while", () => {
  it("is OVERDUE where its reads do not come back", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = await startAppOn(api);
    const { say, inbox } = await socketIoClient(server);
    say({ type: "subscribe", sport: SPORT });
    await inbox.first("odds_update");
    api.board = silent;
    expect(await inbox.next("odds_update", ({ status }) => status !== "live")).toMatchObject({
      status: "stale",
      reason: "OVERDUE",
    });
  });
});
