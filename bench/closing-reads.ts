/*
 * What do closing reads cost, who pays, and how many closes are seen? Simulated months, tick by tick, against a
 * stand-in of The Odds API that counts the credits itself.
 *   npx tsx bench/closing-reads.ts
 */
import type { OddsEvent, Sport } from "../src/board/model.js";
import type { Game, OddsSource } from "../src/polling/odds-source.js";
import { SourceError } from "../src/source-error.js";
import { Dice } from "../src/sources/simulated/random.js";
import { pollingParts } from "../test/helpers/polling-parts.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 10, 1);
const END = Date.UTC(2026, 11, 1);
const COST = 3;
const TICK_MS = 5000;
/** How far ahead games are listed, in ms. */
const LISTED_MS = 6 * DAY_MS;
const LASTS_MS = 2.5 * HOUR_MS;
const print = (line = "") => process.stdout.write(`${line}\n`);
const row = (cells: readonly (string | number)[]) => print(`| ${cells.join(" | ")} |`);
const percent = (part: number, whole: number) =>
  `${((100 * part) / whole).toFixed(part < 0.1 * whole ? 1 : 0)} %`;

/** Games by hour of the day (UTC), on these days of the week (0 is Sunday). */
interface Slots {
  readonly days: readonly number[];
  readonly slots: readonly (readonly [hour: number, games: number])[];
}
const ALL_DAYS = [0, 1, 2, 3, 4, 5, 6];
const LEAGUES: Readonly<Record<string, readonly Slots[]>> = {
  nfl: [
    {
      days: [0],
      slots: [
        [18, 8],
        [21.08, 2],
        [21.42, 3],
      ],
    },
    { days: [1, 2, 5], slots: [[1.25, 1]] },
  ],
  nba: [
    {
      days: ALL_DAYS,
      slots: [
        [0, 2],
        [0.5, 2],
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    },
  ],
  epl: [
    {
      days: [6],
      slots: [
        [12.5, 1],
        [15, 5],
        [17.5, 1],
      ],
    },
    {
      days: [0],
      slots: [
        [14, 2],
        [16.5, 1],
      ],
    },
  ],
};
const KEYS = Object.keys(LEAGUES);

/** A game's close, as it was seen. */
interface Played extends Game {
  readonly sport: string;
  isSeen: boolean;
}

function season(): Played[] {
  const dice = new Dice(1);
  const games: Played[] = [];
  for (let day = START; day < END + 7 * DAY_MS; day += DAY_MS) {
    for (const sport of KEYS) {
      for (const { days, slots } of LEAGUES[sport] ?? []) {
        if (!days.includes(new Date(day).getUTCDay())) continue;
        for (const [hour, count] of slots) {
          // Some leagues' games of a slot are a few seconds apart.
          for (let i = 0; i < count; i += 1) {
            const start = Math.round((day + hour * HOUR_MS) / 1000) * 1000 + (dice.chance(0.1) ? 10_000 : 0);
            games.push({ id: `${sport}-${games.length}`, sport, start, isSeen: false });
          }
        }
      }
    }
  }
  return games;
}

interface How {
  readonly plan: number;
  /** Sports that are read for the history, and for which closes. */
  readonly kept: readonly string[];
  readonly closing: boolean;
  /** Sports that somebody watches from 15 to 23 o'clock. */
  readonly watched: readonly string[];
  /** Share of paid calls that time out after they were charged. */
  readonly lost?: number;
}

async function month({ plan, kept, closing, watched, lost = 0 }: How) {
  const games = season();
  const bySport = new Map(KEYS.map((key) => [key, games.filter(({ sport }) => sport === key)]));
  const dice = new Dice(2);
  let now = START;
  let remaining = plan;
  let refusals = 0;
  const listed = (key: string) => {
    const all = bySport.get(key) ?? [];
    return all.filter(({ start }) => start > now - LASTS_MS && start < now + LISTED_MS);
  };
  const quota = (last: number) => ({ remaining, used: plan - remaining, last });
  const sports: Sport[] = KEYS.map((key) => {
    return { key, group: "Sports", title: key, description: "", active: true, has_outrights: false };
  });
  const source: OddsSource = {
    name: "the-odds-api",
    sports: async () => ({ sports, quota: quota(0) }),
    games: async ({ key }) => ({ games: listed(key), quota: quota(0) }),
    board: async ({ key }, at) => {
      if (remaining < COST) {
        refusals += 1;
        throw new SourceError("OUT_OF_USAGE_CREDITS", "Used up.", "person").billed({ quota: quota(0) });
      }
      remaining -= COST;
      if (dice.chance(lost)) {
        throw new SourceError("UPSTREAM_FAILED", "It did not answer.", "retry").billed({ charged: COST });
      }
      const events = listed(key).map(({ id, start }): OddsEvent => {
        return { id, commence_time: new Date(start).toISOString(), bookmakers: [] };
      });
      for (const game of bySport.get(key) ?? []) {
        if (game.start > at && game.start <= at + 60_000) game.isSeen = true;
      }
      return { events, fetchedAt: at, paid: { predicted: COST }, quota: quota(COST) };
    },
    cost: () => COST,
    close: () => {},
  };
  let bill = "";
  const info = (line: string) => {
    if (line.startsWith("Closing reads")) bill = line;
  };
  const log = { error: () => {}, warn: info, info, debug: () => {} };
  const house = pollingParts(source, () => now, "auto", TICK_MS, { historySports: kept, log });
  await house.catalog.misspelt();
  let releases: (() => void)[] = [];
  const limits = [60_000, 300_000];
  const within = limits.map(() => 0);
  let inPlay = 0;
  const spent = { watched: 0, history: 0, closing: 0 };
  const paying = async (by: keyof typeof spent, work: () => Promise<unknown>) => {
    const before = remaining;
    await work();
    spent[by] += before - remaining;
  };
  const starts = [
    ...new Set(games.filter(({ sport }) => kept.includes(sport)).map(({ start }) => start)),
  ].toSorted((one, other) => one - other);
  let next = 0;
  for (now = START; now < END; now += TICK_MS) {
    const hour = ((now - START) % DAY_MS) / HOUR_MS;
    if (hour >= 15 && hour < 23) {
      if (releases.length === 0) releases = watched.map((key, i) => house.demand.add(key, `client${i}`));
    } else for (const release of releases.splice(0)) release();
    const wanted = house.demand.wanted();
    if (wanted.length + kept.length > 0) {
      house.reader.plan(now);
      await paying("watched", () => Promise.all(wanted.map((key) => house.reader.read(key, now))));
      const more = house.schedule.forHistory.filter((key) => !wanted.includes(key));
      await paying("history", () => Promise.all(more.map((key) => house.reader.read(key, now))));
    }
    if (closing) {
      while ((starts[next] ?? END) < now - 20_000) next += 1;
      // Far from any start a look a minute is what a second's would find.
      const isNear = (starts[next] ?? END * 2) - now < 70_000;
      if (isNear || (now - START) % 60_000 === 0) await paying("closing", () => house.closing.step(now));
    }
    for (const key of releases.length > 0 ? watched : []) {
      if (!bySport.get(key)?.some(({ start }) => start <= now && now < start + LASTS_MS)) continue;
      inPlay += 1;
      const age = now - (house.boards.get(key)?.fetchedAt ?? Number.NEGATIVE_INFINITY);
      for (const [at, limit] of limits.entries()) if (age <= limit) within[at] = (within[at] ?? 0) + 1;
    }
  }
  const counted = kept.length > 0 ? kept : KEYS;
  const due = games.filter(
    ({ sport, start }) => counted.includes(sport) && start > START + 60_000 && start < END,
  );
  return {
    left: remaining,
    refusals,
    spent,
    seen: due.filter(({ isSeen }) => isSeen).length,
    games: due.length,
    report: house.closing.report(),
    bill,
    within: within.map((ticks) => (inPlay > 0 ? percent(ticks, inPlay) : "-")),
  };
}

for (const watched of [["nfl", "epl"], []]) {
  print(
    `\n*${watched.length > 0 ? `${watched.join(" and ")} watched from 15 to 23 o'clock` : "Nobody watches"}*\n`,
  );
  row([
    "plan",
    "for the history",
    "closes seen",
    "credits: watched",
    "spare",
    "closing",
    "left",
    "refused calls",
    "in play at most 60 s old",
    "5 min",
    "missed by reason",
  ]);
  row(Array.from({ length: 11 }, () => "---"));
  const bills: string[] = [];
  for (const plan of [500, 20_000]) {
    for (const [name, kept, closing, lost] of [
      ["neither", [], false, 0],
      ["HISTORY_SPORTS", KEYS, false, 0],
      ["both", KEYS, true, 0],
      ["both, for the NFL only", ["nfl"], true, 0],
      ["both, 5 % of paid calls time out", KEYS, true, 0.05],
    ] as const) {
      if (watched.length === 0 && (name === "neither" || lost > 0 || kept.length === 1)) continue;
      const it = await month({ plan, kept, closing, watched, lost });
      if (it.bill && lost === 0) bills.push(it.bill);
      const reasons = new Map<string, number>();
      for (const { reason, games } of it.report?.missedCloses ?? []) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + games);
      }
      const why = [...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ");
      row([
        plan.toLocaleString("en"),
        name,
        `${percent(it.seen, it.games)} of ${it.games}`,
        it.spent.watched,
        it.spent.history,
        it.spent.closing,
        it.left,
        it.refusals,
        ...it.within,
        why,
      ]);
    }
  }
  for (const bill of bills) print(`\n${bill}`);
}
