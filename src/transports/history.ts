import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type NextFunction, type Request, type Response, Router } from "express";
import { refusalBy } from "../delivery/claims.js";
import { AppError, logError } from "../errors.js";
import { EngineError } from "../history/engine.js";
import type { History } from "../history/history.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import { noQuerySchema } from "../protocol/answers.js";
import type { HistoryStatus, NotCoveredBody } from "../protocol/history-answers.js";
import {
  atQuerySchema,
  eventsQuerySchema,
  exportQuerySchema,
  historyQuerySchema,
  linesQuerySchema,
} from "../protocol/history-queries.js";
import type { Access } from "./access.js";
import { asked, knows, retryAfter } from "./asked.js";

/** So many rows a page has unless told otherwise. */
const DEFAULT_LIMIT = 200;
/** How long a cache may keep what cannot change any more, in s: not for ever, as the oldest is given up. */
const FINAL_S = 86_400;
/** When to ask again where the store cannot be asked, in ms. */
const AWAY_MS = 5000;
/** So many exports run at once at one process; they are hours of work for the store. */
const MAX_EXPORTS = 4;
/** An export that nobody takes a byte of for so long is ended, in ms. */
const STALLED_MS = 60_000;
/** Level 1 is what a disk of today is waiting for: 3 times as fast as the usual one, and a fifth larger. */
const EXPORT_COMPRESSION = { level: 1 };

/** See {@link historyRouter}. */
export type HistoryRouter = Router;

/** REST: what was on the boards, for those who ask. */
export function historyRouter(history: History, feed: OddsFeed, access: Access, log: Logger): HistoryRouter {
  const { auth } = access;
  const router = Router();
  let exports = 0;
  router.use((_request: Request, response: Response, next: NextFunction) => {
    response.locals.isCostly = true;
    next();
  });

  const allow = (request: Request, sport: string) => {
    const refusal = feed.refusal(sport) ?? refusalBy(auth.of(request), sport);
    if (refusal) throw refusal;
  };

  /** What the store answers. Why it cannot is said by whoever writes it. */
  const answered = async <T>(response: Response, question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      log.debug("The history could not be asked", logError(error));
      retryAfter(response, AWAY_MS);
      throw new AppError("INTERNAL", "The history cannot be asked for now. Ask again later.", 503);
    }
  };

  const send = (request: Request, response: Response, body: object, isFinal: boolean) => {
    const text = JSON.stringify(body);
    const etag = `W/"${createHash("sha1").update(text).digest("base64url")}"`;
    const whose = auth.isOn ? "private" : "public";
    response.set({
      ETag: etag,
      "Cache-Control": isFinal ? `${whose}, max-age=${FINAL_S}, immutable` : "no-cache",
    });
    if (knows(request, etag)) response.status(304).end();
    else response.type("json").send(text);
  };

  router.get("/odds/history/events", async (request: Request, response: Response) => {
    const { sport, from, to, cursor, limit = DEFAULT_LIMIT } = asked(eventsQuerySchema, request);
    allow(request, sport);
    send(
      request,
      response,
      await answered(response, history.events(sport, { from, to }, { limit, cursor })),
      false,
    );
  });

  router.get("/odds/history", async (request: Request, response: Response) => {
    const query = asked(historyQuerySchema, request);
    const { sport, market, points, limit, cursor } = query;
    if (points !== undefined) {
      if (market === undefined) {
        throw AppError.invalidMessage("`points` thins one market: name the `market`.");
      }
      if (limit !== undefined || cursor !== undefined) {
        throw AppError.invalidMessage(
          "`points` gives all at once: `limit` and `cursor` do nothing beside it.",
        );
      }
    }
    allow(request, sport);
    const question = history.changes({ ...query, limit: limit ?? DEFAULT_LIMIT });
    const { answer, isFinal } = await answered(response, question);
    send(request, response, answer, isFinal);
  });

  router.get("/odds/history/lines", async (request: Request, response: Response) => {
    const { sport, event } = asked(linesQuerySchema, request);
    allow(request, sport);
    send(request, response, await answered(response, history.lines(sport, event)), false);
  });

  router.get("/odds/at", async (request: Request, response: Response) => {
    const { sport, at } = asked(atQuerySchema, request);
    allow(request, sport);
    const told = await answered(response, history.at(sport, at));
    if ("answer" in told) {
      send(request, response, told.answer, told.isFinal);
      return;
    }
    const { gap } = told;
    const message = `Nobody looked at that moment (${gap.reason}).`;
    const body: NotCoveredBody = { error: { code: "NOT_COVERED", message, gap } };
    response.status(404).json(body);
  });

  router.get("/odds/history/export", async (request: Request, response: Response) => {
    const { sport, from, to, format } = asked(exportQuerySchema, request);
    allow(request, sport);
    if (exports >= MAX_EXPORTS) {
      retryAfter(response, STALLED_MS);
      throw new AppError("RATE_LIMITED", `${MAX_EXPORTS} exports are running. Ask again later.`);
    }
    exports += 1;
    try {
      const text = history.export(sport, { from, to }, format);
      // What fails at once is an answer; what fails later can only end the stream.
      const first = await answered(response, text.next());
      response.attachment(`${sport}.${format}`).type(format === "csv" ? "csv" : "application/x-ndjson");
      response.set("Cache-Control", "no-store");
      if (request.method === "HEAD" || response.destroyed) {
        // Nobody takes it; a client that has left meanwhile is no trouble.
        await text.return(undefined);
        response.end();
        return;
      }
      response.setTimeout(STALLED_MS, () => response.destroy());
      const pieces = Readable.from(withFirst(first, text));
      if (request.acceptsEncodings("gzip", "identity") === "gzip") {
        response.set("Content-Encoding", "gzip");
        await pipeline(pieces, createGzip(EXPORT_COMPRESSION), response);
      } else await pipeline(pieces, response);
    } catch (error) {
      if (!response.headersSent) throw error;
      // A client that goes, or takes nothing, is no trouble.
      if (!isGone(error)) log.warn("An export was broken off", logError(error));
    } finally {
      exports -= 1;
    }
  });

  router.get("/odds/history/status", async (request: Request, response: Response<HistoryStatus>) => {
    asked(noQuerySchema, request);
    const { lastError, ...status } = await answered(response, history.status());
    const isOperator = access.isOperator(request);
    response.json({ ...status, lastError: lastError && (isOperator ? lastError : { at: lastError.at }) });
  });
  return router;
}

async function* withFirst(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}
