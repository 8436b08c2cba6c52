import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { setImmediate, setTimeout } from "node:timers/promises";
import axios, { type AxiosInstance, type AxiosResponse } from "axios";
import type { Reading, Sport } from "../board/model.js";
import type { Config } from "../config.js";
import type { Logger } from "../logger.js";
import type { Game, GamesList, OddsSource, SportsList } from "../polling/odds-source.js";
import { type Bill, type Quota, SourceError } from "../source-error.js";
import { textOf } from "./answer-body.js";
import { TtlCache } from "./ttl-cache.js";
import { type Checked, checkBoard, checkSports, eventStarts } from "./upstream-board.js";
import { errorOfAnswer } from "./upstream-errors.js";

const HOUR_MS = 3_600_000;
/** How long one call may take from its start to the last byte of its answer, in ms. */
const CALL_TIMEOUT_MS = 10_000;
/** Calls start this far apart (ms): 20 a second, where the guide allows 30 and they come earlier at times. */
const CALL_SPACING_MS = 50;
/** How long a sport's free list of events answers, in ms. */
const EVENTS_TTL_MS = 5 * 60_000;
/** The largest answer taken, unpacked, in characters: twenty times the largest board seen (800 KB). */
const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** What a paid call asks for, and with which key. */
export type TheOddsApiOptions = Pick<
  Config,
  | "ODDS_API_BASE_URL"
  | "ODDS_REGIONS"
  | "ODDS_BOOKMAKERS"
  | "ODDS_MARKETS"
  | "ODDS_FORMAT"
  | "ODDS_LOOKAHEAD_HOURS"
> & { readonly key: string; readonly timeoutMs?: number };

/**
 * The Odds API v4 (https://the-odds-api.com/liveapi/guides/v4/). The key goes in the query of every call, so every
 * URL is a secret: no axios error leaves this file.
 */
export class TheOddsApi implements OddsSource {
  readonly name = "the-odds-api";
  private readonly http: AxiosInstance;
  private readonly agents: readonly http.Agent[];
  private readonly starts = new TtlCache<readonly Game[]>(EVENTS_TTL_MS);
  private readonly calls = new Set<AbortController>();
  private readonly warnedOf = new Set<string>();
  private place: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: TheOddsApiOptions,
    private readonly log: Logger,
  ) {
    const httpAgent = new http.Agent({ keepAlive: true });
    const httpsAgent = new https.Agent({ keepAlive: true });
    this.agents = [httpAgent, httpsAgent];
    this.http = axios.create({
      baseURL: options.ODDS_API_BASE_URL,
      httpAgent,
      httpsAgent,
      headers: { Accept: "application/json", "Accept-Encoding": "gzip" },
      // A redirect would carry the key to another host.
      maxRedirects: 0,
      responseType: "stream",
      validateStatus: () => true,
    });
  }

  async sports(): Promise<SportsList> {
    const { body, quota } = await this.get("/v4/sports", { all: "true" });
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
    const { body, quota } = await this.get(`/v4/sports/${encodeURIComponent(sport.key)}/odds`, asked, price);
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
      const answer = await this.get(path, { dateFormat: "iso" });
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
    for (const call of this.calls) call.abort();
    for (const agent of this.agents) agent.destroy();
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

  /**
   * Waits for a place in the line of calls. It is counted from when the one before did start: after a second in which
   * nothing ran, all calls of that second would else start at once.
   */
  private async turn(): Promise<void> {
    const before = this.place;
    this.place = before.then(() => setTimeout(CALL_SPACING_MS));
    await before;
  }

  /** What a call answered, and what that said of the credits. `cost`: what it may cost, whatever becomes of it. */
  private async get(
    path: string,
    params: Record<string, string>,
    cost = 0,
  ): Promise<{ body: unknown; quota: Quota | undefined }> {
    await this.turn();
    const call = new AbortController();
    const timer = globalThis.setTimeout(() => call.abort(), this.options.timeoutMs ?? CALL_TIMEOUT_MS);
    this.calls.add(call);
    let response: AxiosResponse<Readable> | undefined;
    let text: string;
    try {
      response = await this.http.get<Readable>(path, {
        params: { ...params, apiKey: this.options.key },
        signal: call.signal,
      });
      text = await textOf(response.data, MAX_ANSWER_LENGTH);
    } catch (error) {
      // A refusal says by its status and headers what it is, whatever becomes of its body.
      if (!response || response.status === 200) {
        throw unreachable(error, call.signal.aborted, response, cost);
      }
      text = "";
    } finally {
      clearTimeout(timer);
      this.calls.delete(call);
    }
    const quota = quotaOf(response.headers);
    const body = parse(text);
    if (response.status !== 200) {
      const error = errorOfAnswer(response.status, body, response.headers["retry-after"]);
      throw error.billed({ quota, charged: chargeOf(response.status, quota, cost) });
    }
    if (body === undefined) throw garbled("its answer is not JSON", { quota, charged: quota?.last ?? cost });
    return { body, quota };
  }
}

/** What an answer's headers say of the credits; undefined where they say nothing. */
function quotaOf(headers: AxiosResponse["headers"]): Quota | undefined {
  const remaining = credits(headers["x-requests-remaining"]);
  const used = credits(headers["x-requests-used"]);
  const last = credits(headers["x-requests-last"]);
  return remaining === null && used === null && last === null ? undefined : { remaining, used, last };
}

/** What an answer other than 200 may have cost: a refusal nothing, a fault of the upstream's what it says. */
function chargeOf(status: number, quota: Quota | undefined, cost: number): number {
  if (status < 500) return 0;
  // 504: a proxy in between did not wait for an answer that may have come, and been charged.
  return Math.min(cost, quota?.last ?? (status === 504 ? cost : 0));
}

/** A count of credits from a header; null where it is missing or no count. */
function credits(header: unknown): number | null {
  const count = typeof header === "string" && header.trim() !== "" ? Number(header) : Number.NaN;
  return Number.isFinite(count) && count >= 0 ? count : null;
}

function parse(text: string): unknown {
  try {
    // A byte order mark is no JSON (RFC 8259, section 8.1), and may be passed over.
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

function garbled(what: string, bill: Bill): SourceError {
  const message = `The Odds API's answer cannot be used: ${what}.`;
  return new SourceError("UPSTREAM_FAILED", message, "retry").billed(bill);
}

/** Codes of calls that never reached the upstream, so that nothing can have been charged. */
const NOT_REACHED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_TLS_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/;

/**
 * A call without an answer to use, or with only the beginning of one, as it was given up or broke. Only axios's code is
 * kept of the error: its config holds the key.
 */
function unreachable(
  error: unknown,
  givenUp: boolean,
  answer: AxiosResponse<unknown> | undefined,
  cost: number,
): SourceError {
  const code = axios.isAxiosError(error) && error.code ? error.code : "UNKNOWN";
  const what = givenUp
    ? "did not answer in time"
    : answer || code === "ERR_BAD_RESPONSE"
      ? "sent an answer that is too large or broken"
      : `could not be reached (${code})`;
  const quota = answer && quotaOf(answer.headers);
  const charged = !answer && NOT_REACHED.test(code) ? 0 : (quota?.last ?? cost);
  return new SourceError("UPSTREAM_FAILED", `The Odds API ${what}.`, "retry").billed({ quota, charged });
}
