import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { socketIoClient, type TestClient, wsClient } from "../helpers/clients.js";
import {
  type Behaviour,
  failWith,
  smallBoard,
  startFakeOddsApi,
  TEST_KEY,
} from "../helpers/fake-odds-api.js";
import { startProcess, temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";
import { UPSTREAM_FAULTS } from "../helpers/upstream-faults.js";

/** The key as it is, as a URL holds it, and so much of it as would give it away. */
const FORMS_OF_THE_KEY = [
  TEST_KEY,
  encodeURIComponent(TEST_KEY),
  new URLSearchParams({ k: TEST_KEY }).toString().slice(2),
  Buffer.from(TEST_KEY).toString("base64"),
  ...TEST_KEY.split(/[+/]/).filter((piece) => piece !== "key"),
];

/** An upstream that tells the key to everybody, wherever an answer has room for words. */
const tellTale: Behaviour = (request, response) => {
  const words = `No such thing: ${request.url} (${TEST_KEY})`;
  const body = { message: words, error_code: words, details_url: words, apiKey: TEST_KEY };
  failWith(418, body, { "x-requests-remaining": TEST_KEY, "retry-after": TEST_KEY })(request, response);
};

/** What a process wrote and what it sent, by where it was found. */
type Evidence = Map<string, string>;

/** A server of its own, and how to end it in an orderly way for all that it wrote. */
interface Suspect {
  readonly url: string;
  readonly wsUrl: string;
  stop(): Promise<Evidence>;
}

async function startSuspect(apiUrl: string): Promise<Suspect> {
  const logDir = temporaryFolder();
  const server = startProcess({
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: apiUrl,
    ODDS_POLL_INTERVAL_MS: "100",
    ODDS_CACHE_TTL_MS: "100",
    PORT: "0",
    HOST: "127.0.0.1",
    MAX_MESSAGES_PER_SECOND: "1000",
    LOG_LEVEL: "debug",
    LOG_DIR: logDir,
    SHUTDOWN_GRACE_MS: "1000",
  });
  const port = await server.listening();
  return {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}/odds`,
    async stop() {
      server.child.kill("SIGTERM");
      const { stderr } = await server.ended;
      const files = readdirSync(logDir).map((file): [string, string] => [
        file,
        readFileSync(path.join(logDir, file), "utf8"),
      ]);
      return new Map([["stdout", server.lines.join("\n")], ["stderr", stderr], ...files]);
    },
  };
}

/** An answer with its headers, as text. */
async function rest(server: Suspect, pathname: string): Promise<string> {
  const response = await fetch(`${server.url}${pathname}`);
  return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
}

/** Subscribes to sports at both doors and waits until each was told of each. */
async function listen(server: Suspect, sports: readonly string[]): Promise<TestClient[]> {
  const clients = [await socketIoClient(server), await wsClient(server)];
  for (const client of clients) {
    for (const sport of sports) {
      client.say({ type: "subscribe", sport });
      await client.inbox.first("subscription_ack", (ack) => ack.sport === sport);
    }
  }
  return clients;
}

async function collect(
  server: Suspect,
  clients: readonly TestClient[],
  answers: string[],
): Promise<Evidence> {
  const evidence = await server.stop();
  evidence.set("both doors", JSON.stringify(clients.map(({ inbox }) => inbox.messages)));
  evidence.set("REST", answers.join("\n"));
  return evidence;
}

/** Every fault of one sport at once; then the pace, which holds all; then the account. */
async function throughEveryFault(): Promise<Evidence> {
  const tells = { name: "a tell-tale", behaviour: tellTale, code: "UPSTREAM_FAILED", silent: false };
  const faults = [...UPSTREAM_FAULTS, tells];
  const ofOneSport = faults
    .filter(({ code }) => code === "UPSTREAM_FAILED" || code === "UNKNOWN_SPORT")
    .map(({ behaviour, silent }, i) => ({ behaviour, silent, sport: `sport_${i}` }));
  const ofAll = ["429", "no credits left"].flatMap((name) => faults.filter((fault) => fault.name === name));
  const sports = [...ofOneSport.map(({ sport }) => sport), "basketball_nba"];
  const api = await startFakeOddsApi(Object.fromEntries(sports.map((sport) => [sport, smallBoard()])));
  closeAfter(api, () => api.close());
  api.board = (request, response) => {
    const sport = request.url?.split("/")[3];
    const fault = ofOneSport.find((one) => one.sport === sport);
    (fault?.behaviour ?? failWith(200, smallBoard()))(request, response);
  };
  const server = await startSuspect(api.url);
  const clients = await listen(server, sports);
  // Two of them wait for ten seconds: they are cut off when the server stops.
  const silent = ofOneSport.filter(({ silent }) => silent);
  const told = ofOneSport.filter((fault) => !silent.includes(fault));
  for (const { inbox } of clients) {
    for (const { sport } of told) await inbox.first("error", (error) => error.sport === sport);
    await inbox.first("odds_update");
  }
  const paths = [
    ...told.map(({ sport }) => `/api/odds/live?sport=${sport}`),
    "/api/odds/live",
    "/api/odds/live?sport=a&sport=b",
    "/api/odds/sports",
    "/health",
    "/ready",
    "/status",
    "/nowhere",
    "/%ff",
  ];
  const answers = await Promise.all(paths.map((pathname) => rest(server, pathname)));
  for (const { behaviour, code } of ofAll) {
    api.board = behaviour;
    for (const { inbox } of clients) await inbox.first("error", (error) => error.code === code);
    answers.push(await rest(server, "/api/odds/live"));
  }
  const late = silent.map(({ sport }) => rest(server, `/api/odds/live?sport=${sport}`));
  const evidence = await collect(server, clients, answers);
  for (const answer of await Promise.allSettled(late)) {
    if (answer.status === "fulfilled") evidence.set("REST while stopping", answer.value);
  }
  return evidence;
}

/** An upstream that tells the key with every answer, the sports list included, and then is gone. */
async function brokenFromTheStart(): Promise<Evidence> {
  const api = await startFakeOddsApi();
  closeAfter(api, () => api.close());
  api.all = tellTale;
  const server = await startSuspect(api.url);
  const clients = await listen(server, ["basketball_nba"]);
  for (const { inbox } of clients) await inbox.first("error");
  const paths = ["/api/odds/live", "/api/odds/sports", "/health", "/status"];
  const answers = await Promise.all(paths.map((pathname) => rest(server, pathname)));
  await api.close();
  for (const { inbox } of clients) {
    await inbox.first("error", ({ message }) => message.includes("ECONNREFUSED"));
  }
  answers.push(await rest(server, "/api/odds/live"));
  return collect(server, clients, answers);
}

const STORIES: readonly { story: string; play: () => Promise<Evidence> }[] = [
  { story: "every fault of the upstream", play: throughEveryFault },
  { story: "an upstream that is broken from the start", play: brokenFromTheStart },
];

describe("the key leaves the server by no way", () => {
  const played = new Map<string, Evidence>();

  beforeAll(async () => {
    await Promise.all(STORIES.map(async ({ story, play }) => played.set(story, await play())));
  });

  it.each(STORIES)("with $story", ({ story }) => {
    const evidence = played.get(story) ?? new Map<string, string>();
    for (const where of ["stdout", "combined.log", "error.log", "both doors", "REST"]) {
      expect(evidence.get(where), `${where} was looked at`).toMatch(/\w/);
    }
    for (const [where, text] of evidence) {
      for (const form of FORMS_OF_THE_KEY) {
        expect(text.includes(form), `${form} in ${where}`).toBe(false);
      }
      expect(text, where).not.toMatch(/apiKey/i);
    }
  });
});
