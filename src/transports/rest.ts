import { type NextFunction, type Request, type Response, Router } from "express";
import type { z } from "zod";
import { refusalBy } from "../delivery/claims.js";
import type { MessageCache } from "../delivery/message-cache.js";
import type { PreparedMessage } from "../delivery/prepared-message.js";
import { AppError } from "../errors.js";
import type { OddsFeed } from "../polling/feed.js";
import {
  type ClusterAnswer,
  type CreditsAnswer,
  liveQuerySchema,
  noQuerySchema,
  type SportsAnswer,
} from "../protocol/answers.js";
import { complaint } from "../protocol/complaint.js";
import { SourceError } from "../source-error.js";
import type { Access } from "./access.js";
import { withoutTokens } from "./auth-presented.js";

/** REST: boards for those who ask instead of listening. */
export function restRouter(feed: OddsFeed, messages: MessageCache, access: Access): Router {
  const { auth } = access;
  const router = Router();
  const operatorsOnly = (request: Request, _response: Response, next: NextFunction) =>
    next(access.refusalOfOperations(request));
  // Each answer is compressed for who takes that, and a cache that is told 304 must go on keeping them apart.
  router.use((_request: Request, response: Response, next: NextFunction) => {
    response.vary("Accept-Encoding");
    response.set("Cache-Control", "no-cache");
    if (auth.isOn) response.vary("Authorization");
    next();
  });
  router.get("/odds/live", async (request: Request, response: Response) => {
    const { sport } = asked(liveQuerySchema, request);
    const refusal = feed.refusal(sport) ?? refusalBy(auth.of(request), sport);
    if (refusal) throw refusal;
    const view = await feed.read(sport, access.client(request)).catch((error: unknown) => {
      if (error instanceof SourceError) retryAfter(response, feed.nextAt(sport) - feed.now());
      throw error;
    });
    // Every read gives another age; the tag moves only with what a poller must fetch anew.
    const etag = `W/"${view.epoch}-${view.version}-${view.status}"`;
    response.set({
      ETag: etag,
      "X-Odds-Fetched-At": String(view.fetchedAt),
    });
    if (knows(request, etag)) response.status(304).end();
    else await sendBoard(request, response, messages.whole(view));
  });
  router.get("/odds/sports", async (request: Request, response: Response<SportsAnswer>) => {
    asked(noQuerySchema, request);
    const all = await feed.sports().catch((error: unknown) => {
      retryAfter(response, feed.tickMs);
      throw error;
    });
    const claims = auth.of(request);
    const sports = all.filter(({ key }) => refusalBy(claims, key) === undefined);
    response.json({ sports, timestamp: feed.now() });
  });
  router.get("/odds/credits", operatorsOnly, (request: Request, response: Response<CreditsAnswer>) => {
    asked(noQuerySchema, request);
    response.json({ ...feed.creditReport(), timestamp: feed.now() });
  });
  router.get("/cluster", operatorsOnly, async (request: Request, response: Response<ClusterAnswer>) => {
    asked(noQuerySchema, request);
    const processes = await feed.processes().catch((error: unknown) => {
      retryAfter(response, feed.tickMs);
      throw error;
    });
    response.json({ processes, timestamp: feed.now() });
  });
  return router;
}

/** What a request asks, checked. Throws an `AppError` (`INVALID_MESSAGE`) that names the parameter that is wrong. */
function asked<T>(schema: z.ZodType<T>, request: Request): T {
  // A name is given back.
  const named = Object.entries(request.query).map(([name, value]) => [withoutTokens(name), value] as const);
  const query = Object.fromEntries(named);
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw AppError.invalidMessage(complaint(parsed.error, query) ?? "The query is malformed.");
}

/** Sends a board that was made ready, and compressed, for all who ask. */
async function sendBoard(request: Request, response: Response, message: PreparedMessage): Promise<void> {
  response.type("json");
  if (request.acceptsEncodings("gzip", "identity") !== "gzip") {
    response.send(message.bytes);
    return;
  }
  await message.compress();
  response.set("Content-Encoding", "gzip").send(message.gzip);
}

/** Says when to ask again (RFC 9110, section 10.2.3), in whole seconds. */
function retryAfter(response: Response, ms: number): void {
  response.set("Retry-After", String(Math.max(1, Math.ceil(ms / 1000))));
}

/**
 * Whether the client holds what this tag names (RFC 9110, section 13.1.2). Not Express's `request.fresh`: that one
 * says no to every `fetch` with an If-None-Match of its own, as `fetch` then adds `Cache-Control: no-cache`.
 */
function knows(request: Request, etag: string): boolean {
  const held = request.get("If-None-Match")?.split(",") ?? [];
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return held.some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
