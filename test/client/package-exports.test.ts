import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtServer } from "../helpers/build.js";
import { browserBundle } from "../helpers/bundle.js";

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, "../..");
const here = (file: string) => path.join(repository, file);
const tsc = (cwd: string, ...args: string[]) =>
  run(process.execPath, [here("node_modules/typescript/bin/tsc"), ...args], { cwd }).catch(
    ({ stdout, message }) => ({ stdout: stdout || message }),
  );

const manifest: {
  dependencies: object;
  exports: Record<string, { types: string; default: string }>;
  typesVersions: { "*": Record<string, string[]> };
} = JSON.parse(readFileSync(here("package.json"), "utf8"));
const dependencies = Object.keys(manifest.dependencies);

/** What a frontend writes. An `any` that slips into the types makes one of the expected errors go missing. */
const FRONTEND = `
import {
  type Age,
  applyDelta,
  type BoardEvent,
  type Bookmaker,
  type ClientBoard,
  connectOdds,
  type Market,
  type OddsConnection,
  type OddsError,
  type OddsOptions,
  type OddsSocket,
  type Outcome,
  type Sport,
  type SportState,
  type SportsAnswer,
  type SubscribeAnswer,
  type SubscribeOptions,
} from "live-odds-server/client";
import { type HistoryLine, HistoryError, history, type OddsHistory } from "live-odds-server/client/history";
import { arbitrageOf, fairByConsensus, freshOnly, type Question, questionsOf } from "live-odds-server/client/prices";
import { io } from "socket.io-client";

const past: OddsHistory = history("http://localhost:3001", { token: () => "…" });
export async function close(sport: string, event: string): Promise<(number | string | null)[]> {
  const { lines } = await past.lines(sport, event);
  // @ts-expect-error a misspelt field
  lines[0]?.closed;
  // @ts-expect-error points are of one market
  await past.points(sport, event, { points: 200 });
  for await (const { at, after, outcomes } of past.allChanges(sport, event, { from: new Date() })) {
    if (outcomes === null) return [at, after];
  }
  try {
    const { readAt, odds } = await past.at(sport, "2026-11-22T20:00:00Z");
    return [readAt, odds[0]?.bookmakers[0]?.markets[0]?.changed_at ?? null];
  } catch (error) {
    if (error instanceof HistoryError && error.code === "NOT_COVERED") return [error.gap?.reason ?? null];
  }
  return lines.map(({ closing }: HistoryLine) => ("price" in closing ? closing.price : closing.reason));
}

const odds = connectOdds("http://localhost:3001", { transports: ["websocket"] });
const stop: () => void = odds.subscribe("basketball_nba", ({ board, stale, status, error, ageMs }) => {
  const price: number | undefined = board?.odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;
  const drawn: [number | undefined, boolean, "live" | "stale" | "paused" | null, number | null] =
    [price, stale, status, ageMs()];
  if (error?.code === "UNKNOWN_SPORT") stop();
  // @ts-expect-error there is no such field
  drawn.push(board?.odds[0]?.hometeam);
  // @ts-expect-error there is no such code
  if (error?.code === "NO_SUCH_CODE") drawn.pop();
});
// @ts-expect-error there is no such state
odds.onConnection((state) => state === "lost");


const options: OddsOptions = { lastUpdate: false, token: async () => "…" };
const another: OddsConnection = connectOdds("http://localhost:3001", options);
another.onConnection((state, trouble) => [state === "closed", trouble?.hint, trouble?.at]);
another.onConnection((_state, _trouble, transport) => transport === another.transport);
export const over: "polling" | "websocket" | null = another.transport;
another.onError((error: OddsError) => [error.code === "NO_ANSWER", error.hint.length, error.at]);
const stopClock: () => void = another.onAge("basketball_nba", ({ ageMs, stale }: Age) => [ageMs, stale]);
const watched = { only: { markets: ["h2h"] } } as const satisfies SubscribeOptions;
const state: SportState | undefined = another.peek("basketball_nba", watched);
another.subscribe("basketball_nba", ({ stale }) => stale, watched)();
export const why: readonly [string | null | undefined, "connecting" | "connected" | "closed" | undefined] =
  [state?.reason, state?.connection];

export function draw(event: BoardEvent, sports: SportsAnswer): (string | null | undefined)[] {
  const bookmakers: readonly Bookmaker[] = event.bookmakers;
  const markets: readonly Market[] = bookmakers.flatMap((bookmaker) => bookmaker.markets);
  const outcomes: readonly Outcome[] = markets.flatMap((market) => market.outcomes);
  const sport: Sport | undefined = sports.sports[0];
  // @ts-expect-error a misspelt field
  event.homeTeam;
  // @ts-expect-error a misspelt field
  outcomes[0]?.prise;
  // @ts-expect-error a misspelt field
  bookmakers[0]?.tittle;
  // @ts-expect-error a misspelt field
  markets[0]?.changedAt;
  // @ts-expect-error a misspelt field
  sport?.name;
  // @ts-expect-error a misspelt option
  connectOdds("", { lastUpdates: false });
  // @ts-expect-error a misspelt field
  state?.ageMS();
  stopClock();
  return [event.home_team, outcomes[0]?.name, sport?.title];
}

export function price(state: SportState): number | undefined {
  const fresh = freshOnly(state.status, Date.now(), 60_000);
  const [question]: Question[] = state.board?.odds.flatMap((event) => questionsOf(event, "decimal", fresh)) ?? [];
  const fair = question && fairByConsensus(question, "shin");
  // @ts-expect-error there is no such method
  if (question) fairByConsensus(question, "guess");
  // @ts-expect-error where there are none, there is a problem
  fair?.chances;
  return fair?.ok ? fair.chances[0] : question && arbitrageOf(question)?.profit;
}

const bare: OddsSocket = io("http://localhost:3001/odds");
let board: ClientBoard | undefined;
bare.emit("subscribe", { sport: "basketball_nba", updates: "delta" }, (answer) => {
  const same: SubscribeAnswer = answer;
  const [epoch, version]: [string, number | null] = answer.ok ? [answer.epoch, answer.version] : ["", null];
  if (!same.ok) console.log(same.error.code === "UNKNOWN_SPORT", epoch, version);
});
bare.emit("auth", { token: "…" }, (answer) => answer.ok && answer.expiresAt);
// @ts-expect-error a pong has no epoch
bare.emit("message", { type: "ping" }, (answer) => answer.ok && answer.epoch);
// @ts-expect-error nor has an unsubscription
bare.emit("unsubscribe", { sport: "basketball_nba" }, (answer) => answer.ok && answer.epoch);
bare.on("odds_update", (update) => { board = update; });
bare.on("odds_delta", (delta) => { if (board) board = applyDelta(board, delta); });
// @ts-expect-error there is no such event
bare.on("odds", () => {});
// @ts-expect-error a sport is a string
bare.emit("subscribe", { sport: 1 });
`;

/** What a frontend writes whose modules are CommonJS. */
const COMMONJS_FRONTEND = `
import { connectOdds, type ServerToClientEvents } from "live-odds-server/client";
import { applyDelta, type ClientBoard } from "live-odds-server/client/apply-delta";

const odds = connectOdds("http://localhost:3001");
const stop: () => void = odds.subscribe("basketball_nba", ({ board, error }) => {
  const kept: ClientBoard | null = board;
  // @ts-expect-error there is no such code
  if (error?.code === "NO_SUCH_CODE") stop();
});
type Delta = Parameters<ServerToClientEvents["odds_delta"]>[0];
export const applied = (board: ClientBoard, delta: Delta): ClientBoard => applyDelta(board, delta);
// @ts-expect-error a delta is none of these
applyDelta(null, 1);
`;

describe("The package, as another project has it", { timeout: 60_000 }, () => {
  /** A project that has the package and what its client needs, and nothing else of what the server needs. */
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(path.join(tmpdir(), "live-odds-consumer-"));
    const installed = path.join(project, "node_modules/live-odds-server");
    mkdirSync(installed, { recursive: true });
    cpSync(here("package.json"), path.join(installed, "package.json"));
    cpSync(path.join(builtServer(), "dist"), path.join(installed, "dist"), { recursive: true });
    symlinkSync(here("node_modules/socket.io-client"), path.join(project, "node_modules/socket.io-client"));
    // A frontend's own.
    mkdirSync(path.join(project, "node_modules/@types"));
    symlinkSync(here("node_modules/@types/node"), path.join(project, "node_modules/@types/node"));
    writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(path.join(project, "frontend.ts"), FRONTEND);
    writeFileSync(path.join(project, "frontend.cts"), COMMONJS_FRONTEND);
  }, 60_000);
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("brings along what the client imports", () => {
    expect(dependencies).toContain("socket.io-client");
  });

  it("can be imported in Node", async () => {
    const script = 'console.log(Object.keys(await import("live-odds-server/client")).sort().join())';
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
    expect(stdout.trim()).toBe("DeltaGap,HistoryError,applyDelta,connectOdds,history");
  });

  it("has types that take nothing but socket.io-client's, but for the hooks for React", () => {
    const folder = path.join(project, "node_modules/live-odds-server/dist/client");
    const imports = readdirSync(folder)
      .filter((file) => file.endsWith(".d.ts") && file !== "react.d.ts")
      .flatMap((file) => {
        const text = readFileSync(path.join(folder, file), "utf8");
        expect(text, file).not.toMatch(/\bNodeJS\.|<reference/);
        return [...text.matchAll(/from "([^"]+)"/g)].map(([, from = ""]) => from);
      });
    expect(new Set(imports.filter((from) => !/^\.\/[\w-]+\.js$/.test(from)))).toEqual(
      new Set(["socket.io-client"]),
    );
  });

  it("brings the arithmetic of prices along, which takes nothing else", async () => {
    const entry = path.join(project, "only-prices.js");
    writeFileSync(entry, `export * from "live-odds-server/client/prices";`);
    const { code, modules } = await browserBundle(entry);
    expect(Buffer.byteLength(code)).toBeLessThan(11_000);
    const own = modules.filter((file) => file !== entry).map((file) => path.relative(project, file));
    expect(own.length).toBeGreaterThan(1);
    expect(own.filter((file) => !file.startsWith("node_modules/live-odds-server/dist/prices/"))).toEqual([]);
    const script = `const { fairChances } = require("live-odds-server/client/prices");
      console.log(fairChances([1.5, 3], "shin").chances.join());`;
    const { stdout } = await run(process.execPath, ["-e", script], { cwd: project });
    const [first = 0] = stdout.split(",").map(Number);
    expect(first).toBeCloseTo(2 / 3, 12);
  });

  it("shows nothing but the client", async () => {
    const script = 'import("live-odds-server/dist/app.js").catch(({ code }) => console.log(code))';
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
    expect(stdout.trim()).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it.each([
    { where: "Node", module: "nodenext", lib: ["es2022"], types: ["node"] },
    { where: "a bundler", module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [] },
    { where: "node16, without Node's types", module: "node16", lib: ["es2022", "dom"], types: [] },
    { where: "nodenext, without Node's types", module: "nodenext", lib: ["es2022", "dom"], types: [] },
  ])("has types for $where that hold without skipping any", async ({ where: _, ...options }) => {
    const compilerOptions = {
      target: "es2022",
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      ...options,
    };
    writeFileSync(
      path.join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["frontend.ts"] }),
    );
    expect((await tsc(project)).stdout).toBe("");
  });

  it("has types for CommonJS in Node, and can be required there", async () => {
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      strict: true,
      noEmit: true,
      types: ["node"],
    };
    writeFileSync(
      path.join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["frontend.cts"] }),
    );
    expect((await tsc(project)).stdout).toBe("");
    const script = `const { applyDelta, connectOdds } = require("live-odds-server/client");
      const same = require("live-odds-server/client/apply-delta").applyDelta === applyDelta;
      console.log(typeof connectOdds, same);`;
    const { stdout } = await run(process.execPath, ["-e", script], { cwd: project });
    expect(stdout.trim()).toBe("function true");
  });

  it("names the same types to compilers that do not read exports", () => {
    const byExports = Object.entries(manifest.exports).map(([at, { types }]) => [
      at.slice("./".length),
      [types],
    ]);
    expect(Object.fromEntries(byExports)).toEqual(manifest.typesVersions["*"]);
    for (const [types] of Object.values(manifest.typesVersions["*"])) {
      expect(existsSync(path.join(project, "node_modules/live-odds-server", types ?? "none"))).toBe(true);
    }
  });

  it("asks the history without a socket.io-client", async () => {
    const { code, modules } = await browserBundle(
      path.join(project, "node_modules/live-odds-server/dist/client/history.js"),
    );
    expect(modules.filter((file) => !file.includes("/dist/client/"))).toEqual([]);
    expect(Buffer.byteLength(code)).toBeLessThan(12_000);
  });

  it.each(["live-odds-server/client", "live-odds-server/client/apply-delta"])(
    "costs a bundle that takes only applyDelta from %s next to nothing",
    async (at) => {
      const entry = path.join(project, "only-apply-delta.js");
      writeFileSync(entry, `export { applyDelta } from "${at}";`);
      const { code, modules } = await browserBundle(entry);
      expect(
        modules.filter((file) => /node_modules\/(?!live-odds-server\/)/.test(path.relative(project, file))),
      ).toEqual([]);
      expect(Buffer.byteLength(code)).toBeLessThan(8000);
    },
  );

  it("brings a browser nothing of the server's", async () => {
    const { code, modules } = await browserBundle(
      path.join(project, "node_modules/live-odds-server/dist/client/index.js"),
    );
    expect(code).not.toMatch(/\bnode:|\brequire\(|^import\b/m);
    const packages = modules.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "");
    expect(packages).toContain("socket.io-client");
    const ofTheServer = dependencies.filter((name) => name !== "socket.io-client");
    expect(packages.filter((name) => ofTheServer.includes(name))).toEqual([]);
    const own = modules.filter((_, i) => packages[i] === "live-odds-server");
    expect(own.filter((file) => !file.includes("/dist/client/"))).toEqual([]);
  });
});
