import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorMessage, OddsUpdate } from "../../src/protocol/server-messages.js";
import { DOORS as ALL_DOORS } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter } from "../helpers/start-app.js";
import { startAppFor, UPSTREAM_FAULTS, type UpstreamFault } from "../helpers/upstream-faults.js";

const SPORT = "basketball_nba";
/** What an upstream does is the same to clients that compress; without them all faults can be played at once. */
const DOORS = ALL_DOORS.slice(0, 2);
/** The longest wait of a first backoff is 3 s: what is not read within these ticks of 200 ms is not read. */
const TICKS_LONGER_THAN_A_BACKOFF = 16;

/** What was seen of a server whose upstream was well, then failed, then was well again. */
interface Observation {
  before: OddsUpdate[];
  errors: ErrorMessage[];
  held: OddsUpdate[];
  /** Ticks sent to each door while the upstream was left alone, and paid reads meanwhile. */
  ticks: number;
  readsWhileHeld: number;
  rest: { status: number; body: OddsUpdate; etag: string | null };
  /** When the board was live again, as ms between the failed read and the next one; undefined if it never was. */
  triedAgainAfter: number | undefined;
  /** Errors told to each door until then. */
  errorsWhileHeld: number[];
  healed: OddsUpdate[];
}

const observations = new Map<string, Observation>();
const of = (fault: UpstreamFault) => observations.get(fault.name) as Observation;

describe("when the upstream fails", () => {
  beforeAll(async () => {
    const observe = async (fault: UpstreamFault) => observations.set(fault.name, await play(fault));
    await Promise.all(UPSTREAM_FAULTS.filter(({ heavy }) => !heavy).map(observe));
    // By themselves: they would keep the machine so busy that a wait of the others is over before all has been looked at.
    for (const fault of UPSTREAM_FAULTS.filter(({ heavy }) => heavy)) await observe(fault);
  });

  describe.each(UPSTREAM_FAULTS)("by $name", (fault) => {
    it("tells the room at both doors once, with the code", () => {
      for (const error of of(fault).errors) expect(error).toMatchObject({ code: fault.code, sport: SPORT });
      // Once for the read that failed, not once for each tick.
      expect(of(fault).errorsWhileHeld).toEqual(DOORS.map(() => 1));
    });

    it("keeps sending the last board each tick, saying why it is not live", () => {
      const { before, held, ticks } = of(fault);
      expect(ticks).toBeGreaterThanOrEqual(5);
      for (const [i, update] of held.entries()) {
        expect(update).toMatchObject({ status: fault.status, reason: fault.reason });
        expect(update.odds).toEqual(before[i]?.odds);
        expect(update.version).toBe(before[i]?.version);
        expect(update.epoch).toBe(before[i]?.epoch);
      }
    });

    it("answers REST with the last board and its status", () => {
      const { rest } = of(fault);
      expect(rest.status).toBe(200);
      expect(rest.body).toMatchObject({ status: fault.status, reason: fault.reason });
      expect(rest.body.odds).toHaveLength(1);
      expect(rest.etag).toContain(fault.status);
    });

    it("leaves the upstream alone meanwhile", () => expect(of(fault).readsWhileHeld).toBe(0));

    if (fault.retry) {
      const { after, within } = fault.retry;
      it(`tries once more after ${after} to ${within} ms and is live again by itself`, () => {
        const { triedAgainAfter, healed } = of(fault);
        expect(triedAgainAfter).toBeGreaterThanOrEqual(after - 20);
        // The failure takes its time, and a read waits for the tick after the hold's end; a busy machine has its share.
        expect(triedAgainAfter).toBeLessThan(within + 3000);
        for (const update of healed) expect(update).toMatchObject({ status: "live", reason: null });
      });
    } else {
      it("does not try again by itself", () => expect(of(fault).triedAgainAfter).toBeUndefined());
    }
  });
});

async function play(fault: UpstreamFault): Promise<Observation> {
  const api = await startFakeOddsApi();
  closeAfter(api, () => api.close());
  const server = await startAppFor(fault, api);
  const clients = await Promise.all(DOORS.map((door) => door.connect(server)));
  for (const client of clients) client.say({ type: "subscribe", sport: SPORT });
  const each = <T>(what: (inbox: (typeof clients)[number]["inbox"]) => Promise<T>) =>
    Promise.all(clients.map((client) => what(client.inbox)));
  const before = await each((inbox) => inbox.first("odds_update", ({ status }) => status === "live"));

  api.board = fault.behaviour;
  const errors = await each((inbox) => inbox.next("error"));
  const failedRead = api.reads.at(-1)?.at ?? 0;
  const readsBefore = api.reads.length;
  api.board = undefined;
  const held = await each((inbox) => inbox.next("odds_update", ({ status }) => status !== "live"));
  const answer = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
  const rest = {
    status: answer.status,
    body: (await answer.json()) as OddsUpdate,
    etag: answer.headers.get("etag"),
  };
  const ticks = fault.retry ? 5 : TICKS_LONGER_THAN_A_BACKOFF;
  for (let tick = 0; tick < ticks; tick++) await each((inbox) => inbox.next("odds_update"));
  const heldUntil = failedRead + (fault.retry ? fault.retry.after - 20 : Number.POSITIVE_INFINITY);
  const readsWhileHeld = api.reads.slice(readsBefore).filter(({ at }) => at < heldUntil).length;

  const errorsWhileHeld = clients.map(({ inbox }) => inbox.all("error").length);

  const seen = { before, errors, held, ticks, readsWhileHeld, errorsWhileHeld, rest };
  if (!fault.retry) return { ...seen, triedAgainAfter: undefined, healed: [] };
  const healed = await each((inbox) => inbox.next("odds_update", ({ status }) => status === "live"));
  return { ...seen, triedAgainAfter: (api.reads[readsBefore]?.at ?? 0) - failedRead, healed };
}
