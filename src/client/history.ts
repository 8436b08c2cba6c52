import { type OddsError, oddsError } from "./errors.js";
import type {
  BoardAt,
  ErrorBody,
  HistoryAnswer,
  HistoryChange,
  HistoryEvents,
  HistoryLines,
  HistoryStatus,
  NotCovered,
  NotCoveredBody,
} from "./messages.js";
import { originOf } from "./origin.js";
import type { TokenSource } from "./token.js";

export type {
  BoardAt,
  HistoryAnswer,
  HistoryChange,
  HistoryCoverage,
  HistoryEvent,
  HistoryEvents,
  HistoryLine,
  HistoryLines,
  HistoryPrice,
  HistoryStatus,
  NotCovered,
  PastEvent,
} from "./messages.js";

/** A moment: in ms since the epoch, as a `Date`, or as ISO 8601. */
export type Moment = number | Date | string;

/** What `history` can be told. */
export interface HistoryOptions {
  /** Gives the token, where the server asks for one: at each question. */
  readonly token?: TokenSource | undefined;
}

/** A time; without an end of its own it goes as far as anything is kept. */
export interface Between {
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
}

/** Where to go on, and how many to get at most. */
export interface Paged {
  readonly limit?: number | undefined;
  readonly cursor?: string | null | undefined;
}

/** Which changes of an event. */
export interface ChangesOf extends Between {
  readonly bookmaker?: string | undefined;
  readonly market?: string | undefined;
}

/** What was on the boards of a live odds server. Each promise rejects with a `HistoryError`. */
export interface OddsHistory {
  /** The events that were on the board in a time, a page at a time. */
  events(sport: string, query?: Between & Paged): Promise<HistoryEvents>;
  /** How the markets of an event changed, a page at a time, and when the sport was read meanwhile. */
  changes(sport: string, event: string, query?: ChangesOf & Paged): Promise<HistoryAnswer>;
  /** All of them, page by page. */
  allChanges(sport: string, event: string, query?: ChangesOf): AsyncGenerator<HistoryChange, void, undefined>;
  /** One market's changes for a chart, each bookmaker's thinned to `points`; first, last and extreme ones stay. */
  points(
    sport: string,
    event: string,
    query: Between & {
      readonly bookmaker?: string | undefined;
      readonly market: string;
      readonly points: number;
    },
  ): Promise<HistoryAnswer>;
  /** Opening, current, highest, lowest and closing prices of an event. */
  lines(sport: string, event: string): Promise<HistoryLines>;
  /** The board as it was. Rejects with the code `NOT_COVERED` and the `gap` where nobody looked. */
  at(sport: string, moment: Moment): Promise<BoardAt>;
  /** All changes of a sport as text, piece by piece, as fast as they are taken. */
  export(
    sport: string,
    query?: Between & { readonly format?: "csv" | "ndjson" },
  ): Promise<ReadableStream<Uint8Array>>;
  /** How the history is. */
  status(): Promise<HistoryStatus>;
}

/** Why the history gave no answer. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  /** To branch on: the server's codes, and `NO_ANSWER` where it cannot be reached. */
  readonly code: OddsError["code"];
  /** What is to be done about it: a sentence. */
  readonly hint: string;
  /** The time in which nobody looked, where the code is `NOT_COVERED`. */
  readonly gap: NotCovered | undefined;

  constructor({ code, message, hint }: OddsError, gap?: NotCovered) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.gap = gap;
  }
}

/**
 * What was on the boards of the live odds server at `url` (its origin), where it keeps a history. Throws a `TypeError`
 * where `url` cannot be a server's.
 */
export function history(url: string, { token }: HistoryOptions = {}): OddsHistory {
  const origin = originOf(url, "history");

  const ask = async (path: string, query: Query = {}): Promise<Response> => {
    const headers = token ? { Authorization: `Bearer ${await given(token)}` } : {};
    const response = await fetch(`${origin}/api/odds/${path}${search(query)}`, { headers }).catch(() => {
      throw new HistoryError(oddsError("NO_ANSWER", "The server did not answer."));
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  };
  const json = async <T>(path: string, query?: Query): Promise<T> =>
    (await (await ask(path, query)).json()) as T;
  const changes: OddsHistory["changes"] = (sport, event, query) =>
    json("history", { sport, event, ...query });

  return {
    events: (sport, query) => json("history/events", { sport, ...query }),
    changes,
    async *allChanges(sport, event, query) {
      let cursor: string | null = null;
      do {
        const page: HistoryAnswer = await changes(sport, event, { ...query, cursor, limit: 1000 });
        yield* page.changes;
        cursor = page.cursor;
      } while (cursor !== null);
    },
    points: (sport, event, query) => json("history", { sport, event, ...query }),
    lines: (sport, event) => json("history/lines", { sport, event }),
    at: (sport, at) => json("at", { sport, at }),
    export: async (sport, query) => {
      const { body } = await ask("history/export", { sport, ...query });
      return body as ReadableStream<Uint8Array>;
    },
    status: () => json("history/status"),
  };
}

type Query = Readonly<Record<string, Moment | null | undefined>>;

function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    return [[name, value instanceof Date ? String(value.getTime()) : String(value)]];
  });
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function given(token: TokenSource): Promise<string> {
  try {
    return await token();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HistoryError(oddsError("UNAUTHORIZED", `The application gave no token: ${why}`));
  }
}

/** Something between the two may have answered, in words of its own. */
async function errorOf(response: Response): Promise<HistoryError> {
  const body = (await response.json().catch(() => undefined)) as ErrorBody | NotCoveredBody | undefined;
  if (typeof body?.error?.code !== "string") {
    return new HistoryError(oddsError("NO_ANSWER", `The server answered with status ${response.status}.`));
  }
  const { code, message } = body.error;
  return new HistoryError(oddsError(code, message), "gap" in body.error ? body.error.gap : undefined);
}
