import assert from "node:assert";
import { describe, it } from "vitest";
import { connectOdds, type OddsError, type OddsOptions, type OddsSocket } from "../../src/client/index.js";
import { closeAfter, startApp } from "../helpers/start-app.js";
import { inSeconds, SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";

/** A client, with all that it reported and each state that its connection came to. */
async function setUp(options: OddsOptions) {
  const server = await startApp({ AUTH_JWT_SECRET: SECRET });
  const odds = closeAfter(connectOdds(server.url, { reconnectionDelay: 20, ...options }), (it) => it.close());
  const errors: OddsError[] = [];
  odds.onError((error) => void errors.push(error));
  const states: string[] = [];
  odds.onConnection((state) => state !== states.at(-1) && states.push(state));
  const { socket } = odds as unknown as { socket: OddsSocket };
  return { odds, errors, states, socket };
}

describe.concurrent("connectOdds with a token", () => {
  it("renews it before it ends, and keeps connection and subscription", async ({ expect }) => {
    let asked = 0;
    const { odds, errors, states, socket } = await setUp({
      token: () => {
        asked += 1;
        // A quarter of that is left for a machine that stalls.
        return sign({ sub: "ann", exp: inSeconds(5) });
      },
    });
    const acks: unknown[] = [];
    socket.on("subscription_ack", (ack) => void acks.push(ack));
    let updates = 0;
    odds.subscribe(SPORT, ({ board }) => {
      if (board) updates += 1;
    });
    await expect.poll(() => asked).toBeGreaterThan(2);
    const seen = updates;
    await expect.poll(() => updates).toBeGreaterThan(seen);
    expect({ states, errors, acks: acks.length }).toEqual({ states: ["connected"], errors: [], acks: 1 });
  });

  it("comes back with a new one when the old one has ended, and says nothing of it", async ({ expect }) => {
    const tokens: string[] = [await sign({ exp: inSeconds(2) })];
    let asked = 0;
    const { odds, errors, states } = await setUp({
      token: async (): Promise<string> => {
        asked += 1;
        // In time for the connection, too late to renew it.
        if (asked === 2) await new Promise<void>(() => {});
        return tokens.shift() ?? sign();
      },
    });
    odds.subscribe(SPORT, () => {});
    await expect.poll(() => states).toEqual(["connected", "connecting", "connected"]);
    expect(errors).toEqual([]);
  });

  const TROUBLES: readonly [string, () => string | Promise<string>, OddsError["code"], RegExp][] = [
    ["is refused", () => "nonsense", "UNAUTHORIZED", /not valid/],
    ["has ended", () => sign({ exp: inSeconds(-60) }), "TOKEN_EXPIRED", /ended/],
    ["cannot be had", () => Promise.reject(new Error("no backend")), "UNAUTHORIZED", /no backend/],
  ];

  it.for(TROUBLES)("tells where it %s, and asks again", async ([, first, code, message], { expect }) => {
    let asked = 0;
    const { errors, states } = await setUp({
      token: () => {
        asked += 1;
        return asked === 1 ? first() : sign();
      },
    });
    await expect.poll(() => errors[0]).toMatchObject({ code, message: expect.stringMatching(message) });
    // At first with the trouble, then without.
    await expect.poll(() => states).toEqual(["connecting", "connected"]);
    expect(asked).toBe(2);
  });

  it("tells once that it cannot be had, however often it asks", async ({ expect }) => {
    let asked = 0;
    const { errors, odds } = await setUp({
      token: async () => {
        asked += 1;
        if (asked < 3) throw new Error("no backend");
        return sign();
      },
    });
    await expect.poll(() => odds.state, { timeout: 40_000 }).toBe("connected");
    expect(errors.map(({ message }) => message)).toEqual(["The application gave no token: no backend"]);
  });

  const NONE: readonly [string, () => string][] = [
    ["was no new one", () => assert.fail("no backend")],
    ["was one that is refused", () => "nonsense"],
  ];

  it.for(NONE)("asks again while the old one holds where there %s", async ([, second], { expect }) => {
    let asked = 0;
    const { errors, states } = await setUp({
      token: async () => {
        asked += 1;
        if (asked === 2) return second();
        return sign({ exp: inSeconds(asked === 1 ? 32 : 3600) });
      },
    });
    await expect.poll(() => asked, { timeout: 50_000, interval: 200 }).toBe(3);
    expect(errors.map(({ code }) => code)).toEqual(["UNAUTHORIZED"]);
    expect(states).toEqual(["connected"]);
  });
});
