import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { isEqual } from "../../src/board/equality.js";
import type { Only } from "../../src/board/view-filter.js";
import type { ClientBoard } from "../../src/client/apply-delta.js";
import { connectOdds, type OddsConnection, type SportState } from "../../src/client/index.js";
import { withoutLastUpdate } from "../../src/client/keep.js";
import { VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { propertyRuns } from "../helpers/in-full.js";
import { literalSource, type Was } from "../helpers/literal-source.js";
import { assertManyAtATime } from "../helpers/many-at-a-time.js";
import { walk } from "../helpers/random-boards.js";
import { only, viewOf } from "../helpers/random-views.js";
import { closeAfter, startApp } from "../helpers/start-app.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";

const TICK_MS = 50;
/** How long all takes on the wire, each way: most trouble is of what is asked for while something is under way. */
const WIRE_MS = 8;
/** Runs in all, and how many of them share the server at a time, each with a sport and a connection of its own. */
const RUNS = process.env.VIEW_RUNS ? Number(process.env.VIEW_RUNS) : propertyRuns(150);
const AT_A_TIME = 25;
/** Some runs share an address that has room for so many views only: a view of theirs is refused now, and taken then. */
const CROWDED = "10.255.255.255";
const ROOM = 3;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`This never came true: ${holds}`);
    await pause(10);
  }
}

/**
 * What befalls a client: a listener comes; one leaves; one leaves and another comes; the wire is cut; the network tells
 * that it is back. It does at once, out of a listener's call, or after some ms.
 */
const act = fc.record({
  when: fc.oneof(fc.constantFrom("now", "told"), fc.nat(60)),
  what: fc.constantFrom("come", "come", "come", "leave", "leave", "swap", "swap", "cut", "wake"),
  view: fc.nat(3),
  who: fc.nat(5),
});
const run = fc.record({
  boards: walk(6),
  views: fc.array(fc.option(only, { nil: undefined, freq: 5 }), { minLength: 2, maxLength: 4 }),
  acts: fc.array(act, { minLength: 3, maxLength: 15 }),
  transports: fc.constantFrom(["websocket"], ["polling", "websocket"], ["polling"]),
  lastUpdate: fc.boolean(),
  isCrowded: fc.boolean(),
});
type Run = typeof run extends fc.Arbitrary<infer R> ? R : never;

/** What the listeners of a run share. */
interface Scene {
  readonly sport: string;
  readonly lastUpdate: boolean;
  was(fetchedAt: number): Was | undefined;
  /** What they were told that is not so. */
  readonly problems: string[];
  /** What is to be done out of the next call of one of them. */
  readonly told: (() => void)[];
}

/** A listener that holds against the server's boards all that it is told. */
class Watcher {
  state: SportState | undefined;
  private board: ClientBoard | undefined;
  private isGone = false;
  private readonly stop: () => void;

  constructor(
    odds: OddsConnection,
    readonly only: Only | undefined,
    private readonly scene: Scene,
  ) {
    this.stop = odds.subscribe(scene.sport, (state) => this.hear(state), { only });
  }

  leave(): void {
    this.isGone = true;
    this.stop();
  }

  private hear(state: SportState): void {
    const { problems, told } = this.scene;
    if (this.isGone) problems.push("It was told behind its leaving.");
    this.state = state;
    if (state.board && state.board !== this.board) this.take(state.board);
    for (const next of told.splice(0)) next();
  }

  /** It is its view of the server's board at that reading, which is not before the one that it had. */
  private take(board: ClientBoard): void {
    const { problems, lastUpdate } = this.scene;
    const { version, fetchedAt, epoch, odds } = board;
    const before = this.board ?? board;
    if (before.epoch !== epoch || before.version > version || before.fetchedAt > fetchedAt)
      problems.push(`from ${before.version} of ${before.fetchedAt} back to ${version} of ${fetchedAt}`);
    this.board = board;
    const was = this.scene.was(fetchedAt);
    const all: ClientBoard["odds"] = JSON.parse(JSON.stringify(viewOf(was?.events ?? [], this.only)));
    if (was?.version !== version || !isEqual(odds, lastUpdate ? all : withoutLastUpdate(all)))
      problems.push(`${JSON.stringify(this.only)} has ${JSON.stringify(board)} of ${JSON.stringify(was)}`);
  }
}

/** Does to a client what befalls it, one after the other; resolves with the listeners that are left. */
async function play(
  { acts, views }: Run,
  scene: Scene,
  odds: OddsConnection,
  cut: () => void,
  wake: () => void,
): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  const come = (view: number) => watchers.push(new Watcher(odds, views[view % views.length], scene));
  const leave = (who: number) => watchers.splice(who % Math.max(1, watchers.length), 1)[0]?.leave();
  const befall = ({ what, view, who }: Run["acts"][number]) => {
    if (what === "cut") cut();
    // Browsers tell of it in between, never out of a listener's call.
    else if (what === "wake") setTimeout(wake);
    if (what === "leave" || what === "swap") leave(who);
    if (what === "come" || what === "swap") come(view);
  };
  for (const next of acts) {
    if (next.when === "told") {
      // Nobody may be there to be told anything.
      const isTold = new Promise<void>((resolve) => scene.told.push(() => resolve(befall(next))));
      await Promise.race([isTold, pause(4 * TICK_MS)]);
      continue;
    }
    if (next.when !== "now") await pause(next.when);
    befall(next);
  }
  scene.told.length = 0;
  if (watchers.length === 0) come(0);
  return watchers;
}

it("What each listener of a sport has is always its view of the server's board, however they come, go and are cut off", {
  // A run takes 90 ms of a quiet machine.
  timeout: 60_000 + 1000 * RUNS,
}, async () => {
  const { source, plan, isOver, was } = literalSource(AT_A_TIME * Math.ceil(RUNS / AT_A_TIME) + 1);
  const server = await startApp(
    // Clients are of many addresses, as one may have so many views at most.
    {
      ODDS_POLL_INTERVAL_MS: String(TICK_MS),
      ODDS_CACHE_TTL_MS: "0",
      MAX_MESSAGES_PER_SECOND: "1000",
      TRUST_PROXY: "1",
      RATE_LIMIT_MAX: "1000000",
    },
    { source },
  );
  let sports = 0;
  const other = `run_${AT_A_TIME * Math.ceil(RUNS / AT_A_TIME)}`;
  plan(other, [[]]);
  /** Who asks once for a view has it for a minute, which is longer than runs at a time take. */
  const crowd = () =>
    Promise.all(
      Array.from({ length: VIEW_LIMITS.ofClient - ROOM }, async (_, n) => {
        const asked = await fetch(`${server.url}/api/odds/live?sport=${other}&events=${n}`, {
          headers: { "X-Forwarded-For": CROWDED },
        });
        expect(asked.status).toBe(200);
        await asked.arrayBuffer();
      }),
    );

  const check = async (it: Run) => {
    const sport = `run_${sports}`;
    sports += 1;
    plan(sport, it.boards);
    const wire = await startTcpProxy(server.port, WIRE_MS);
    let wake = () => {};
    vi.stubGlobal("addEventListener", (event: string, back: () => void) => {
      if (event === "online") wake = back;
    });
    const odds = connectOdds(`http://127.0.0.1:${wire.port}`, {
      transports: [...it.transports],
      lastUpdate: it.lastUpdate,
      reconnectionDelay: 10,
      reconnectionDelayMax: 30,
      extraHeaders: { "X-Forwarded-For": it.isCrowded ? CROWDED : `10.0.${sports >> 8}.${sports % 256}` },
    });
    closeAfter(odds, () => odds.close());
    const problems: string[] = [];
    // That a connection did not come about is told, and where there is a crowd, that there is no room for a view.
    const passing = ["NO_ANSWER", ...(it.isCrowded ? ["TOO_MANY_SUBSCRIPTIONS"] : [])];
    odds.onError((error) => passing.includes(error.code) || problems.push(JSON.stringify(error)));
    const scene = {
      sport,
      lastUpdate: it.lastUpdate,
      was: (at: number) => was(sport, at),
      problems,
      told: [],
    };
    const watchers = await play(it, scene, odds, () => wire.sever(), wake);
    const calm = Date.now();
    await until(() => {
      if (problems[0]) throw new Error(problems[0]);
      return (
        isOver(sport) &&
        watchers.every(({ state }) => state?.status === "live" && (state.board?.fetchedAt ?? 0) > calm)
      );
    });
    for (const { only, state } of watchers) expect(odds.peek(sport, { only })).toBe(state);
    for (const watcher of watchers) watcher.leave();
    expect(odds.peek(sport)).toBeUndefined();
    odds.close();
    wire.cut();
    expect(problems).toEqual([]);
  };

  await assertManyAtATime(run, check, {
    runs: RUNS,
    atATime: AT_A_TIME,
    before: async () => {
      server.log.lines.length = 0;
      await crowd();
    },
  });
});
