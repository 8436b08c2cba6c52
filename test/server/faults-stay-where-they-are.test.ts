import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { DOORS, type TestClient } from "../helpers/clients.js";
import { smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startApp, startAppOn } from "../helpers/start-app.js";

const SICK = "icehockey_nhl";
const WELL = "basketball_nba";
/** A list in a list in a list: `JSON.parse` takes it, `JSON.stringify` does not. */
const DEEP = "[".repeat(100_000) + "]".repeat(100_000);

/** A client in full and one in delta mode at each door, at both sports. */
async function clientsOf(server: Running): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  for (const { connect } of DOORS) {
    for (const updates of ["full", "delta"]) {
      const client = closeAfter(await connect(server), (it) => it.close());
      for (const sport of [SICK, WELL]) client.say({ type: "subscribe", sport, updates });
      await client.inbox.first("odds_update", (update) => update.sport === WELL);
      clients.push(client);
    }
  }
  return clients;
}

/** The next message that brings a sport's board, whole or by what changed. */
function nextBoard({ inbox }: TestClient, of: string) {
  const isIts = ({ sport }: { sport: string }) => sport === of;
  return Promise.race([inbox.next("odds_update", isIts), inbox.next("odds_delta", isIts)]);
}

/** What a client has that does as it is told. */
function keptBy({ inbox }: TestClient, of: string): ClientBoard | undefined {
  let kept: ClientBoard | undefined;
  for (const message of inbox.messages) {
    if (message.type === "odds_update" && message.sport === of) kept = message;
    if (message.type === "odds_delta" && message.sport === of && kept) kept = applyDelta(kept, message);
  }
  return kept;
}

async function expectLiveTicks(clients: readonly TestClient[], of: string): Promise<void> {
  for (let tick = 0; tick < 3; tick++) {
    for (const board of await Promise.all(clients.map((client) => nextBoard(client, of)))) {
      expect(board).toMatchObject({ status: "live", reason: null });
    }
  }
}

/** A source of boards as they are, that no parser has looked at. */
function literalSource() {
  const boards = new Map<string, OddsEvent[]>([
    [SICK, smallBoard(2, SICK)],
    [WELL, smallBoard()],
  ]);
  let last = 0;
  const source: OddsSource = {
    name: "simulated",
    sports: async () => ({ sports: [SICK, WELL].map((key) => sport(key)) }),
    board: async ({ key }) => {
      last = Math.max(Date.now(), last + 1);
      return { events: boards.get(key) ?? [], fetchedAt: last };
    },
    close: () => {},
  };
  return { boards, source };
}

const errorsIn = ({ log }: Running) => log.lines.filter(({ level }) => level === "error");

describe("A board with a key nested 100,000 deep", () => {
  it("lacks what holds that key, and nothing else; all sports stay live", async () => {
    const api = closeAfter(
      await startFakeOddsApi({ [SICK]: smallBoard(2, SICK), [WELL]: smallBoard() }),
      (fake) => fake.close(),
    );
    const server = await startAppOn(api);
    const clients = await clientsOf(server);
    const [client] = clients;
    const bad = JSON.stringify({ ...smallBoard(2, SICK)[0], id: "bad" }).replace(/}$/, `,"extra":${DEEP}}`);
    const good = JSON.stringify(smallBoard(3, SICK)[0]);
    api.board = (request, response) => {
      if (!request.url?.includes(SICK)) return false;
      response.end(`[${bad},${good}]`);
    };
    const price = ({ odds }: { readonly odds: readonly OddsEvent[] }) =>
      odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;
    const changed = await client?.inbox.first("odds_update", (it) => it.sport === SICK && price(it) === 3);
    expect(changed?.odds).toHaveLength(1);
    await expectLiveTicks(clients, SICK);
    await expectLiveTicks(clients, WELL);
    expect(server.log.lines.some(({ message }) => message.includes("1 malformed items"))).toBe(true);
    expect(errorsIn(server)).toEqual([]);
  });
});

describe("A fault of ours in one sport", () => {
  it("while its board is sent ends that alone: told and logged once, stale, over by itself", async () => {
    const { boards, source } = literalSource();
    const server = await startApp({}, { source });
    const clients = await clientsOf(server);
    const [event] = smallBoard(3, SICK);
    boards.set(SICK, [{ ...event, extra: JSON.parse(DEEP) } as OddsEvent]);

    const told = await Promise.all(clients.map(({ inbox }) => inbox.first("error")));
    for (const error of told) expect(error).toMatchObject({ code: "INTERNAL", sport: SICK });
    await expectLiveTicks(clients, WELL);
    const rest = await fetch(`${server.url}/api/odds/live?sport=${WELL}`);
    expect(await rest.json()).toMatchObject({ status: "live" });
    for (const { inbox } of clients) expect(inbox.all("error")).toHaveLength(1);
    const [line, ...more] = errorsIn(server);
    expect(more).toEqual([]);
    expect(line?.message).toContain(SICK);
    expect(line?.fields.stack).toContain("RangeError");

    const stale = clients.map(({ inbox }) =>
      Promise.race([
        inbox.next("odds_update", (it) => it.sport === SICK && it.status === "stale"),
        inbox.next("odds_delta", (it) => it.sport === SICK && it.status === "stale"),
      ]),
    );
    boards.set(SICK, smallBoard(4, SICK));
    for (const board of await Promise.all(stale)) expect(board).toMatchObject({ reason: "INTERNAL" });
    await expectLiveTicks(clients, SICK);
    for (const client of clients) {
      const market = keptBy(client, SICK)?.odds[0]?.bookmakers[0]?.markets[0];
      expect(market?.outcomes[0]?.price).toBe(4);
    }
    expect(errorsIn(server)).toHaveLength(1);
  });
});
