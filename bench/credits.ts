/*
 * What does a month cost? The poller with its books, schedule and backoff runs through simulated months, tick by tick,
 * against a stand-in of The Odds API that counts the credits itself and refreshes as documented (each bookmaker at its
 * own moment: 40 s in play, 60 s before).
 *   npx tsx bench/credits.ts            the plans, two profiles, against a fixed 5 s poller
 *   npx tsx bench/credits.ts --rules    the spending rule against fixed pollers, by data age
 *   npx tsx bench/credits.ts --http     the small plans through the real source over HTTP
 *   npx tsx bench/credits.ts --restart  the small plans, the server restarted every hour
 *   npx tsx bench/credits.ts --faults   the small plans, with calls that time out after they were charged, and answers
 *                                       without credit headers (with --http through the real source, ten days)
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { OddsEvent, Sport } from "../src/board/model.js";
import { loadConfig } from "../src/config.js";
import type { OddsSource } from "../src/polling/odds-source.js";
import { type Quota, SourceError } from "../src/source-error.js";
import { Dice } from "../src/sources/simulated/random.js";
import { TheOddsApi } from "../src/sources/the-odds-api.js";
import { pollingParts } from "../test/helpers/polling-parts.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 3, 1);
const END = Date.UTC(2026, 4, 1);
const COST = 3;
const print = (line = "") => process.stdout.write(`${line}\n`);
const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** Which hours of the day a sport is wanted, and its games are in play. */
interface Profile {
  readonly name: string;
  readonly sports: number;
  wanted(hour: number): boolean;
  /** Hour of the day at which a sport's game starts, and how long it lasts. */
  start(sport: number): number;
  readonly lasts: number;
}
const EVENING: Profile = {
  name: "2 sports, 8 hours a day, 3 of them in play",
  sports: 2,
  wanted: (hour) => hour >= 15 && hour < 23,
  start: () => 18,
  lasts: 3,
};
const ALWAYS: Profile = {
  name: "10 sports round the clock, each 6 hours a day in play",
  sports: 10,
  wanted: () => true,
  start: (sport) => sport * 2.4,
  lasts: 6,
};

const hourOf = (now: number) => ((now - START) % DAY_MS) / HOUR_MS;
const sportKey = (sport: number) => `sport_${sport}`;

function isInPlay(profile: Profile, sport: number, now: number): boolean {
  const since = (((hourOf(now) - profile.start(sport)) % 24) + 24) % 24;
  return since < profile.lasts;
}

/** What goes wrong with the stand-in's answers, as shares of them. */
interface Faults {
  /** Paid calls that are charged and never answered. */
  readonly lost: number;
  /** Answers of all kinds without credit headers. */
  readonly headless: number;
}
const NO_FAULTS: Faults = { lost: 0, headless: 0 };

/** The Odds API as its users meet it: it counts credits, and says 401 when there are none. */
class StandIn {
  remaining: number;
  refusals = 0;
  reads = 0;
  lost = 0;
  now = START;
  private readonly dice = new Dice(1);

  constructor(
    readonly plan: number,
    readonly profile: Profile,
    private readonly faults: Faults = NO_FAULTS,
  ) {
    this.remaining = plan;
  }

  /** Whether the answer to a call that was charged never comes. */
  loses(): boolean {
    const lost = this.dice.chance(this.faults.lost);
    if (lost) this.lost += 1;
    return lost;
  }

  readonly sports: readonly Sport[] = Array.from({ length: 10 }, (_, i) => ({
    key: sportKey(i),
    group: "Sports",
    title: sportKey(i),
    description: "",
    active: true,
    has_outrights: false,
  }));

  pay(): boolean {
    this.reads += 1;
    if (this.remaining < COST) {
      this.refusals += 1;
      return false;
    }
    this.remaining -= COST;
    return true;
  }

  board(key: string): OddsEvent[] {
    const sport = Number(key.slice("sport_".length));
    const { profile, now } = this;
    const today = START + Math.floor((now - START) / DAY_MS) * DAY_MS;
    const starts = [-1, 0, 1].map((day) => today + day * DAY_MS + profile.start(sport) * HOUR_MS);
    const current = starts.find((start) => start + profile.lasts * HOUR_MS > now) ?? now;
    return [{ id: "game", commence_time: new Date(current).toISOString(), bookmakers: [] }];
  }

  quota(last: number): Quota | undefined {
    if (this.dice.chance(this.faults.headless)) return undefined;
    return { remaining: this.remaining, used: this.plan - this.remaining, last };
  }
}

function directSource(api: StandIn): OddsSource {
  return {
    name: "the-odds-api",
    sports: async () => ({ sports: api.sports, quota: api.quota(0) }),
    board: async (sport, at) => {
      if (!api.pay()) {
        throw new SourceError("OUT_OF_USAGE_CREDITS", "Used up.", "person").billed({ quota: api.quota(0) });
      }
      if (api.loses()) {
        const lost = new SourceError("UPSTREAM_FAILED", "It did not answer in time.", "retry");
        throw lost.billed({ charged: COST });
      }
      return {
        events: api.board(sport.key),
        fetchedAt: at,
        paid: { predicted: COST },
        quota: api.quota(COST),
      };
    },
    cost: () => COST,
    close: () => {},
  };
}

async function httpSource(api: StandIn): Promise<OddsSource> {
  const server = createServer((request, response) => {
    const [, , , key] = (request.url ?? "").split("?")[0]?.split("/") ?? [];
    const paid = key !== undefined;
    const ok = !paid || api.pay();
    if (paid && ok && api.loses()) return;
    const quota = Object.entries(api.quota(paid && ok ? COST : 0) ?? {});
    const headers = quota.map(([name, value]) => [`x-requests-${name}`, String(value)] as const);
    response.writeHead(ok ? 200 : 401, Object.fromEntries(headers));
    const refusal = { message: "Usage quota has been reached.", error_code: "OUT_OF_USAGE_CREDITS" };
    response.end(JSON.stringify(ok ? (paid ? api.board(key) : api.sports) : refusal));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = loadConfig({ THE_ODDS_API_KEY: "key", ODDS_API_BASE_URL: url });
  const source = new TheOddsApi({ ...config, key: "key", timeoutMs: 500 }, silent);
  return Object.assign(source, {
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

interface Month {
  readonly left: number;
  /** What the server's own books said at the end. */
  readonly books: number;
  readonly reserve: number;
  readonly refusals: number;
  readonly reads: number;
  readonly lost: number;
  /** Share of the wanted in-play time whose data was at most so old. */
  readonly within: readonly number[];
  /** Hours of wanted time until the credits were gone; null when they were not. */
  readonly dryAfter: number | null;
}

async function month(
  plan: number,
  profile: Profile,
  how: {
    pacing?: "auto" | "off";
    tickMs?: number;
    http?: boolean;
    restart?: boolean;
    days?: number;
    faults?: Faults;
  } = {},
): Promise<Month> {
  const { pacing = "auto", tickMs = 5000, days = 30 } = how;
  const api = new StandIn(plan, profile, how.faults);
  const source = how.http ? await httpSource(api) : directSource(api);
  const keys = Array.from({ length: profile.sports }, (_, i) => sportKey(i));
  let house = pollingParts(source, () => api.now, pacing, tickMs);
  let releases: (() => void)[] = [];
  const limits = [10_000, 60_000, 300_000];
  const within = limits.map(() => 0);
  let inPlay = 0;
  let wantedSteps = 0;
  let dryAfter: number | null = null;
  const open = async () => {
    house = pollingParts(source, () => api.now, pacing, tickMs);
    releases = [];
    await house.catalog.misspelt();
  };
  await open();
  const end = Math.min(END, START + days * DAY_MS);
  const stepMs = 5000;
  for (api.now = START; api.now < end; api.now += stepMs) {
    const hour = hourOf(api.now);
    if (how.restart && (api.now - START) % HOUR_MS === 0) await open();
    if (!profile.wanted(hour)) {
      for (const release of releases.splice(0)) release();
      continue;
    }
    wantedSteps += 1;
    if (releases.length === 0) releases = keys.map((key, i) => house.demand.add(key, `client${i}`));
    // As the poller's own tick, but awaited.
    if ((api.now - START) % tickMs === 0) {
      house.reader.plan(api.now);
      await Promise.all(keys.map((key) => house.reader.read(key, api.now)));
    }
    if (api.remaining - COST < plan * 0.02) dryAfter ??= (wantedSteps * stepMs) / HOUR_MS;
    for (const [i, key] of keys.entries()) {
      if (!isInPlay(profile, i, api.now)) continue;
      inPlay += 1;
      const age = api.now - (house.boards.get(key)?.fetchedAt ?? Number.NEGATIVE_INFINITY);
      for (const [at, limit] of limits.entries()) if (age <= limit) within[at] = (within[at] ?? 0) + 1;
    }
  }
  source.close();
  return {
    left: api.remaining,
    books: house.credits.account?.remaining ?? Number.NaN,
    reserve: house.credits.account?.reserve ?? Number.NaN,
    lost: api.lost,
    refusals: api.refusals,
    reads: api.reads,
    within: within.map((ticks) => ticks / inPlay),
    dryAfter,
  };
}

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const row = (cells: readonly (string | number)[]) => print(`| ${cells.join(" | ")} |`);

async function plans(): Promise<void> {
  for (const profile of [EVENING, ALWAYS]) {
    print(`\n${profile.name}\n`);
    row([
      "plan",
      "left at the reset",
      "refused calls",
      "at most 10 s old",
      "60 s",
      "5 min",
      "fixed 5 s poller lasts",
    ]);
    row(["---", "---", "---", "---", "---", "---", "---"]);
    for (const plan of [500, 20_000, 100_000, 5_000_000, 15_000_000]) {
      const ours = await month(plan, profile);
      const hours = (plan / (profile.sports * COST * 720)).toFixed(1);
      const month5s = profile === EVENING ? 240 : 720;
      row([
        plan.toLocaleString("en"),
        `${ours.left.toLocaleString("en")} (${percent(ours.left / plan)})`,
        ours.refusals,
        ...ours.within.map(percent),
        Number(hours) >= month5s ? "the month" : `${hours} h of ${month5s} h`,
      ]);
    }
  }
}

async function restarts(): Promise<void> {
  row([
    "plan",
    "spent",
    "spent, restarted every hour",
    "60 s",
    "60 s, restarted",
    "5 min",
    "5 min, restarted",
  ]);
  row(["---", "---", "---", "---", "---", "---", "---"]);
  for (const plan of [500, 20_000, 100_000]) {
    const [steady, restarted] = [await month(plan, EVENING), await month(plan, EVENING, { restart: true })];
    const shares = [1, 2].flatMap((at) => [steady, restarted].map((it) => percent(it.within[at] ?? 0)));
    row([plan.toLocaleString("en"), plan - steady.left, plan - restarted.left, ...shares]);
  }
}

async function overHttp(): Promise<void> {
  row(["plan", "left at the reset", "refused calls", "reads", "the same without HTTP"]);
  row(["---", "---", "---", "---", "---"]);
  for (const plan of [500, 20_000]) {
    const [http, direct] = [await month(plan, EVENING, { http: true }), await month(plan, EVENING)];
    row([plan.toLocaleString("en"), http.left, http.refusals, http.reads, direct.reads]);
  }
}

async function faults(): Promise<void> {
  const http = process.argv.includes("--http");
  const how = http ? { http, days: 10 } : {};
  for (const [name, wrong] of [
    ["5 % of paid calls time out after they were charged", { lost: 0.05, headless: 0 }],
    ["half of all answers lack the credit headers", { lost: 0, headless: 0.5 }],
    ["both", { lost: 0.05, headless: 0.5 }],
    ["both, and every paid call times out", { lost: 1, headless: 0.5 }],
  ] as const) {
    print(`\n${EVENING.name}; ${name}\n`);
    row([
      "plan",
      "left",
      "by the books",
      "reserve",
      "refused calls",
      "paid calls",
      "of them lost",
      "60 s",
      "5 min",
    ]);
    row(Array.from({ length: 9 }, () => "---"));
    for (const plan of http ? [500] : [500, 20_000, 100_000]) {
      const it = await month(plan, EVENING, { ...how, faults: wrong });
      const shares = it.within.slice(1).map(percent);
      row([
        plan.toLocaleString("en"),
        it.left,
        it.books,
        it.reserve,
        it.refusals,
        it.reads,
        it.lost,
        ...shares,
      ]);
    }
  }
}

/** Mean age of a price at the client: since its bookmaker was last read by the upstream, as known to the reader. */
function priceAge(readEveryMs: number): number {
  const bookmakers = 20;
  let sum = 0;
  let count = 0;
  for (let book = 0; book < bookmakers; book += 1) {
    const phase = (40_000 * book) / bookmakers;
    for (let now = 400_000; now < 800_000; now += 500) {
      const readAt = Math.floor(now / readEveryMs) * readEveryMs;
      const refreshedAt = Math.floor((readAt - phase) / 40_000) * 40_000 + phase;
      sum += now - refreshedAt;
      count += 1;
    }
  }
  return sum / count / 1000;
}

async function rules(): Promise<void> {
  print("One sport in play; the upstream reads each bookmaker anew every 40 s.\n");
  row(["a read every", "credits an hour", "mean age of a price", "older than with 5 s"]);
  row(["---", "---", "---", "---"]);
  const best = priceAge(5000);
  for (const every of [5000, 10_000, 20_000, 40_000, 60_000, 120_000]) {
    const age = priceAge(every);
    row([`${every / 1000} s`, (COST * HOUR_MS) / every, `${age.toFixed(1)} s`, percent(age / best - 1)]);
  }
  print(`\n${EVENING.name}, 100,000 credits\n`);
  row(["poller", "credits a day", "in play at most 10 s old", "60 s", "5 min", "dry after"]);
  row(["---", "---", "---", "---", "---", "---"]);
  for (const [name, how] of [
    ["auto", {}],
    ["fixed 5 s", { pacing: "off" }],
    ["fixed 40 s", { pacing: "off", tickMs: 40_000 }],
  ] as const) {
    const it = await month(100_000, EVENING, how);
    const spent = Math.round((100_000 - it.left) / 30);
    row([
      name,
      spent,
      ...it.within.map(percent),
      it.dryAfter === null ? "not" : `${it.dryAfter.toFixed(1)} h of 240`,
    ]);
  }
}

if (process.argv.includes("--rules")) await rules();
else if (process.argv.includes("--faults")) await faults();
else if (process.argv.includes("--http")) await overHttp();
else if (process.argv.includes("--restart")) await restarts();
else await plans();
