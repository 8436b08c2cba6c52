import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorMessage, OddsUpdate } from "../../src/protocol/server-messages.js";
import { DOORS } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter } from "../helpers/start-app.js";
import { startAppFor, UPSTREAM_FAULTS, type UpstreamFault } from "../helpers/upstream-faults.js";

const SPORT = "basketball_nba";
/** All but those that would keep the machine so busy that the first wait is over before all has been looked at. */
const FAULTS = UPSTREAM_FAULTS.filter(({ heavy }) => !heavy);

/** What was seen of a server whose upstream failed before the first board. */
interface Observation {
  errors: ErrorMessage[];
  /** What a client is told that subscribes later, while the upstream is left alone. */
  lateError: ErrorMessage;
  rest: { status: number; body: unknown; retryAfter: number };
  readsWhileHeld: number;
  healed: OddsUpdate[];
}

const observations = new Map<string, Observation>();
const of = (fault: UpstreamFault) => observations.get(fault.name) as Observation;

describe("when the upstream fails before the first board", () => {
  beforeAll(async () => {
    await Promise.all(FAULTS.map(async (fault) => observations.set(fault.name, await play(fault))));
  });

  describe.each(FAULTS)("by $name", (fault) => {
    it("tells everybody who waits for the board", () => {
      for (const error of [...of(fault).errors, of(fault).lateError]) {
        expect(error).toMatchObject({ code: fault.code, sport: SPORT });
      }
    });

    it(`answers REST with ${fault.restStatus}, the code, and when to come again`, () => {
      const { status, body, retryAfter } = of(fault).rest;
      expect(status).toBe(fault.restStatus);
      expect(body).toEqual({ error: { code: fault.code, message: expect.any(String) } });
      const longest = fault.retry ? fault.retry.within / 1000 : 3600;
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(longest);
    });

    it("does not ask the upstream for each of them", () => expect(of(fault).readsWhileHeld).toBe(0));

    if (fault.retry) {
      it("sends the board as soon as it can be read", () => {
        for (const update of of(fault).healed) expect(update).toMatchObject({ status: "live", reason: null });
      });
    }
  });
});

async function play(fault: UpstreamFault): Promise<Observation> {
  const api = await startFakeOddsApi();
  closeAfter(api, () => api.close());
  api.board = fault.behaviour;
  const server = await startAppFor(fault, api);
  const clients = await Promise.all(DOORS.map((door) => door.connect(server)));
  for (const client of clients) client.say({ type: "subscribe", sport: SPORT });
  const errors = await Promise.all(clients.map(({ inbox }) => inbox.first("error")));
  const reads = api.reads.length;
  api.board = undefined;

  const late = await (DOORS[1] as (typeof DOORS)[number]).connect(server);
  late.say({ type: "subscribe", sport: SPORT });
  const lateError = await late.inbox.first("error");
  const answer = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
  const rest = {
    status: answer.status,
    body: await answer.json(),
    retryAfter: Number(answer.headers.get("retry-after")),
  };
  const readsWhileHeld = api.reads.length - reads;
  const healed = fault.retry
    ? await Promise.all([...clients, late].map(({ inbox }) => inbox.first("odds_update")))
    : [];
  return { errors, lateError, rest, readsWhileHeld, healed };
}
