import { describe, expect, it } from "vitest";
import { DOORS, socketIoClient } from "../helpers/clients.js";
import { startApp } from "../helpers/start-app.js";
import { inSeconds, SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";
const subscribe = (fields: Record<string, unknown>) => ({ type: "subscribe", sport: SPORT, ...fields });
const A_KEY = "a string of 1 to 100 characters, such as basketball_nba";
const AN_EPOCH = "a string of at most 100 characters, as the board that you hold has it";
const A_VERSION = "a whole number, 0 or more, as the board that you hold has it";
const A_SINCE = "an object {epoch, version}, as the board that you hold has them";
const AN_ONLY = "an object with one at least of `events`, `bookmakers`, `markets`";
const OF_ONLY = "there are `events`, `bookmakers`, `markets`";
const SOME_IDS = "a list of 1 to 100 ids of events";
const A_WORD = "a string of 1 to 100 characters";
const A_TYPE = "subscribe, unsubscribe, ping or auth (with Socket.IO the event's name says it)";

/** What is said, and how it is refused. */
const MESSAGES: readonly [said: Record<string, unknown>, message: string][] = [
  [{ type: "subscribe" }, `\`sport\` is missing: it must be ${A_KEY}.`],
  [{ type: "unsubscribe" }, `\`sport\` is missing: it must be ${A_KEY}.`],
  [subscribe({ sport: null }), `\`sport\` must be ${A_KEY}, not null.`],
  [subscribe({ sport: 7 }), `\`sport\` must be ${A_KEY}, not 7.`],
  [subscribe({ sport: [SPORT] }), `\`sport\` must be ${A_KEY}, not a list.`],
  [subscribe({ sport: { key: SPORT } }), `\`sport\` must be ${A_KEY}, not an object.`],
  [subscribe({ sport: "" }), `\`sport\` must be ${A_KEY}.`],
  [subscribe({ sport: "s3cret".repeat(20) }), `\`sport\` must be ${A_KEY}.`],
  [subscribe({ updates: "deltas" }), "`updates` must be full or delta."],
  [subscribe({ updates: true }), "`updates` must be full or delta, not true."],
  [subscribe({ updates: null }), "`updates` must be full or delta, not null."],
  [subscribe({ since: 7 }), `\`since\` must be ${A_SINCE}, not 7.`],
  [subscribe({ since: "e-7" }), `\`since\` must be ${A_SINCE}, not a string.`],
  [subscribe({ since: [] }), `\`since\` must be ${A_SINCE}, not a list.`],
  [subscribe({ since: { version: 1 } }), `\`since.epoch\` is missing: it must be ${AN_EPOCH}.`],
  [subscribe({ since: { epoch: 1, version: 1 } }), `\`since.epoch\` must be ${AN_EPOCH}, not 1.`],
  [subscribe({ since: { epoch: "e".repeat(101), version: 1 } }), `\`since.epoch\` must be ${AN_EPOCH}.`],
  [subscribe({ since: { epoch: "e" } }), `\`since.version\` is missing: it must be ${A_VERSION}.`],
  [subscribe({ since: { epoch: "e", version: null } }), `\`since.version\` must be ${A_VERSION}, not null.`],
  [
    subscribe({ since: { epoch: "e", version: "1" } }),
    `\`since.version\` must be ${A_VERSION}, not a string.`,
  ],
  [subscribe({ since: { epoch: "e", version: -1 } }), `\`since.version\` must be ${A_VERSION}, not -1.`],
  [subscribe({ since: { epoch: "e", version: 1.5 } }), `\`since.version\` must be ${A_VERSION}, not 1.5.`],
  [subscribe({ only: null }), `\`only\` must be ${AN_ONLY}, not null.`],
  [subscribe({ only: ["h2h"] }), `\`only\` must be ${AN_ONLY}, not a list.`],
  [subscribe({ only: "h2h" }), `\`only\` must be ${AN_ONLY}, not a string.`],
  [subscribe({ only: {} }), `\`only\` must be ${AN_ONLY}.`],
  [subscribe({ only: { event: ["a"] } }), `\`only.event\` is no field here: ${OF_ONLY}.`],
  [subscribe({ only: { events: ["a"], s3cret: 1 } }), `\`only.s3cret\` is no field here: ${OF_ONLY}.`],
  [
    subscribe({ only: { ["n".repeat(5000)]: ["a"] } }),
    `\`only.${"n".repeat(50)}…\` is no field here: ${OF_ONLY}.`,
  ],
  [subscribe({ only: { events: [] } }), `\`only.events\` must be ${SOME_IDS}.`],
  [subscribe({ only: { events: null } }), `\`only.events\` must be ${SOME_IDS}, not null.`],
  [subscribe({ only: { events: "a" } }), `\`only.events\` must be ${SOME_IDS}, not a string.`],
  [subscribe({ only: { events: Array(101).fill("a") } }), `\`only.events\` must be ${SOME_IDS}.`],
  [subscribe({ only: { events: ["a", ""] } }), `\`only.events.1\` must be ${A_WORD}.`],
  [subscribe({ only: { events: ["s3cret".repeat(20)] } }), `\`only.events.0\` must be ${A_WORD}.`],
  [subscribe({ only: { events: [7] } }), `\`only.events.0\` must be ${A_WORD}, not 7.`],
  [{ type: "auth" }, "`token` is missing: it must be a string: a JSON Web Token."],
  [{ type: "auth", token: 7 }, "`token` must be a string: a JSON Web Token, not 7."],
  [{ type: "subscribed", sport: SPORT }, `\`type\` must be ${A_TYPE}.`],
];

describe.each(DOORS)("What is wrong with a message is told at the $door door", ({ connect }) => {
  it("by the field's name, and what it wants", async () => {
    const server = await startApp({ MAX_MESSAGES_PER_SECOND: "1000" });
    const { say, inbox } = await connect(server);
    const told: string[] = [];
    for (const [said] of MESSAGES) {
      const refused = inbox.next("error");
      say(said);
      const { code, message } = await refused;
      expect(code).toBe("INVALID_MESSAGE");
      told.push(message);
    }
    expect(told).toEqual(MESSAGES.map(([, message]) => message));
  });
});

describe("What is wrong with a message is told by Socket.IO", () => {
  it("to the callback as well, by the event or by `message`", async () => {
    const server = await startApp({ MAX_MESSAGES_PER_SECOND: "1000" });
    const { ask } = await socketIoClient(server);
    for (const [{ type, ...rest }, message] of MESSAGES) {
      const refused = { ok: false, error: { code: "INVALID_MESSAGE", message } };
      expect(await ask(type as "subscribe", rest)).toEqual(refused);
      expect(await ask("message", { type, ...rest })).toEqual(refused);
    }
    for (const type of [undefined, null, ["subscribe"]]) {
      const given = type === undefined ? `is missing: it must be ${A_TYPE}.` : `must be ${A_TYPE}, not `;
      const answer = await ask("message", { type, sport: SPORT });
      expect(answer).toMatchObject({
        ok: false,
        error: { message: expect.stringContaining(`\`type\` ${given}`) },
      });
    }
    for (const said of [SPORT, [SPORT], null]) {
      expect(await ask("subscribe", said)).toMatchObject({
        ok: false,
        error: { message: expect.stringMatching(/^A message is a JSON object such as \{/) },
      });
    }
  });

  it("to who enters with a token that is none", async () => {
    const server = await startApp({ AUTH_JWT_SECRET: SECRET });
    const entered = socketIoClient(server, { auth: { token: ["x"] } });
    await expect(entered).rejects.toThrow("`auth.token` must be a string: a JSON Web Token, not a list.");
  });
});

describe("What is wrong with a query", () => {
  const ONCE = "given once, as a sport's key such as basketball_nba";
  const THERE_IS = "there is `sport`, `events`, `bookmakers`, `markets`.";
  const KEYS = "given once, as 1 to 100 keys of markets with commas in between, each of 1 to 100 characters";
  const LONG = "n".repeat(5000);

  it.each([
    ["/api/odds/live?sport=", `\`sport\` must be ${ONCE}.`],
    [`/api/odds/live?sport=${SPORT}&sport=${SPORT}`, `\`sport\` must be ${ONCE}, not a list.`],
    [`/api/odds/live?sport=${SPORT}&market=h2h`, `\`market\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?Sport=x", `\`Sport\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?apiKey=s3cret", `\`apiKey\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?_=1795370440010", `\`_\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?__proto__=1", `\`__proto__\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?sport[]=x", `\`sport[]\` is no parameter here: ${THERE_IS}`],
    [`/api/odds/live?${LONG}=1`, `\`${"n".repeat(50)}…\` is no parameter here: ${THERE_IS}`],
    ["/api/odds/live?markets=", `\`markets\` must be ${KEYS}.`],
    ["/api/odds/live?markets=h2h,,totals", `\`markets\` must be ${KEYS}.`],
    ["/api/odds/live?markets=h2h,", `\`markets\` must be ${KEYS}.`],
    [`/api/odds/live?markets=${"s3cret".repeat(20)}`, `\`markets\` must be ${KEYS}.`],
    [`/api/odds/live?markets=${Array(101).fill("h2h")}`, `\`markets\` must be ${KEYS}.`],
    ["/api/odds/live?markets=h2h&markets=totals", `\`markets\` must be ${KEYS}, not a list.`],
    ["/api/odds/sports?all=true", "`all` is no parameter here: there are none."],
    ["/api/odds/sports?all=true&all=true", "`all` is no parameter here: there are none."],
    ["/api/odds/credits?sport=x", "`sport` is no parameter here: there are none."],
    ["/api/cluster?x", "`x` is no parameter here: there are none."],
  ])("is told by the parameter's name: %#", async (path, message) => {
    const server = await startApp();
    const response = await fetch(server.url + path);
    expect(await response.json()).toEqual({ error: { code: "INVALID_MESSAGE", message } });
    expect(response.status).toBe(400);
  });

  it("is told after who may ask at all, and never gives a token back", async () => {
    const token = await sign({ exp: inSeconds(60) });
    const open = await startApp();
    for (const query of [`?${token}`, `?token=${token}`, `?${token}=x`]) {
      const answer = await fetch(`${open.url}/api/odds/live${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toContain(token.slice(0, 20));
    }
    const closed = await startApp({ AUTH_JWT_SECRET: SECRET });
    const ask = (path: string, headers = {}) => fetch(closed.url + path, { headers });
    expect((await ask("/api/odds/live?market=h2h")).status).toBe(401);
    expect((await ask(`/api/odds/live?token=${token}`)).status).toBe(401);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask(`/api/odds/live?token=${token}`, bearer)).status).toBe(401);
    expect((await ask("/api/odds/credits?x=1", bearer)).status).toBe(403);
    expect((await ask("/api/odds/live?market=h2h", bearer)).status).toBe(400);
  });

  it("is nobody's business where probes ask", async () => {
    const server = await startApp();
    for (const path of ["/health", "/ready", "/status"]) {
      expect((await fetch(`${server.url}${path}?from=balancer`)).status).toBe(200);
    }
  });
});
