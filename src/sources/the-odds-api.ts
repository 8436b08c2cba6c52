import { setImmediate } from "node:timers/promises";
import type { Reading, Sport } from "../board/model.js";
import type { Config } from "../config.js";
import type { Logger } from "../logger.js";
import type { Game, GamesList, OddsSource, SportsList } from "../polling/odds-source.js";
import type { Quota } from "../source-error.js";
import { TtlCache } from "./ttl-cache.js";
import { type Checked, checkBoard, checkSports, eventStarts } from "./upstream-board.js";
import { type CallOptions, UpstreamCalls } from "./upstream-calls.js";
import { garbled } from "./upstream-errors.js";

const HOUR_MS = 3_600_000;
/** How long a sport's free list of events answers, in ms. */
const EVENTS_TTL_MS = 5 * 60_000;

/** What is asked for. The key is no part of it: the calls alone need that. */
type Choices = Pick<
  Config,
  "ODDS_REGIONS" | "ODDS_BOOKMAKERS" | "ODDS_MARKETS" | "ODDS_FORMAT" | "ODDS_LOOKAHEAD_HOURS"
>;

/** What is asked for, where, and with which key. */
export type TheOddsApiOptions = Choices & CallOptions;

/** The Odds API v4 (https://the-odds-api.com/liveapi/guides/v4/) as a source: what is asked, and what that costs. */
export class TheOddsApi implements OddsSource {
  readonly name = "the-odds-api";
  private readonly options: Choices;
  private readonly upstream: UpstreamCalls;
  private readonly starts = new TtlCache<readonly Game[]>(EVENTS_TTL_MS);
  private readonly warnedOf = new Set<string>();

  constructor(
    options: TheOddsApiOptions,
    private readonly log: Logger,
  ) {
    this.options = options;
    this.upstream = new UpstreamCalls(options);
  }

  async sports(): Promise<SportsList> {
    const { body, quota } = await this.upstream.get("/v4/sports", { all: "true" });
    const checked = checkSports(body);
    if (!checked) throw garbled("the sports list is not a list", { quota });
    this.tellOfRefused(checked, "the sports list");
    // There are always sports: taken at its word, this would make every one of them unknown.
    if (checked.items.length === 0) throw garbled("the sports list has no sport in it", { quota });
    return { sports: checked.items, quota };
  }

  async board(sport: Sport, at: number): Promise<Reading> {
    // Nothing to be had, so nothing is paid for: a sport out of season, or without a game soon enough.
    if (this.cost(sport, at) === 0) return { events: [], fetchedAt: at };
    const { ODDS_REGIONS, ODDS_BOOKMAKERS, ODDS_FORMAT } = this.options;
    const price = this.price(sport);
    const asked = {
      ...(ODDS_BOOKMAKERS ? { bookmakers: ODDS_BOOKMAKERS.join(",") } : { regions: ODDS_REGIONS.join(",") }),
      markets: this.markets(sport).join(","),
      oddsFormat: ODDS_FORMAT,
      dateFormat: "iso",
    };
    const { body, quota } = await this.upstream.get(
      `/v4/sports/${encodeURIComponent(sport.key)}/odds`,
      asked,
      price,
    );
    const bill = { quota, charged: quota?.last ?? price };
    // A big answer took its time to parse, and takes as much to check: others get a turn in between.
    await setImmediate();
    const checked = checkBoard(body);
    if (!checked) throw garbled("the board is not a list", bill);
    this.tellOfRefused(checked, sport.key);
    if (checked.items.length === 0 && checked.refused > 0)
      throw garbled("no event of the board is well-formed", bill);
    const predicted = checked.items.length > 0 ? price : 0;
    return { events: checked.items, fetchedAt: at, paid: { predicted }, quota };
  }

  /** Whether there is a game soon enough (`ODDS_LOOKAHEAD_HOURS`) is told by the free list of events. */
  async look(sport: Sport, at: number): Promise<Quota | undefined> {
    if (this.options.ODDS_LOOKAHEAD_HOURS === undefined || !sport.active) return undefined;
    return (await this.games(sport, at)).quota;
  }

  async games(sport: Sport, at: number): Promise<GamesList> {
    let quota: Quota | undefined;
    const games = await this.starts.get(sport.key, at, async () => {
      const path = `/v4/sports/${encodeURIComponent(sport.key)}/events`;
      const answer = await this.upstream.get(path, { dateFormat: "iso" });
      quota = answer.quota;
      return eventStarts(answer.body);
    });
    return { games, quota };
  }

  /** Nothing out of season, and while, with `ODDS_LOOKAHEAD_HOURS`, the free list has no game soon enough. */
  cost(sport: Sport, at: number): number {
    const starts = this.starts.peek(sport.key, at, 2 * EVENTS_TTL_MS);
    const hours = this.options.ODDS_LOOKAHEAD_HOURS;
    const noGames =
      hours !== undefined && starts?.some(({ start }) => start <= at + hours * HOUR_MS) === false;
    return !sport.active || noGames ? 0 : this.price(sport);
  }

  close(): void {
    this.upstream.close();
  }

  /** Warns once of each kind of malformed item: most come with every answer. */
  private tellOfRefused({ refused, kinds }: Checked<object>, of: string): void {
    if (refused === 0) return;
    const level = [...kinds].some((kind) => !this.warnedOf.has(kind)) ? "warn" : "debug";
    for (const kind of kinds) this.warnedOf.add(kind);
    this.log[level](`Left out ${refused} malformed items of ${of}`, { kinds: [...kinds] });
  }

  private markets(sport: Sport): readonly string[] {
    return sport.has_outrights ? ["outrights"] : this.options.ODDS_MARKETS;
  }

  /** Markets times regions; every started ten of bookmakers counts as a region. */
  private price(sport: Sport): number {
    const { ODDS_REGIONS, ODDS_BOOKMAKERS } = this.options;
    const regions = ODDS_BOOKMAKERS ? Math.ceil(ODDS_BOOKMAKERS.length / 10) : ODDS_REGIONS.length;
    return this.markets(sport).length * regions;
  }
}
