import { type NextFunction, type Request, type Response, Router } from "express";
import type { Only } from "../board/view-filter.js";
import { refusalBy } from "../delivery/claims.js";
import type { MessageCache } from "../delivery/message-cache.js";
import type { PreparedMessage } from "../delivery/prepared-message.js";
import { ASKED_MS } from "../delivery/views.js";
import { AppError } from "../errors.js";
import type { OddsFeed } from "../polling/feed.js";
import {
  type ClusterAnswer,
  type CreditsAnswer,
  type LiveQuery,
  liveQuerySchema,
  noQuerySchema,
  type SportsAnswer,
} from "../protocol/answers.js";
import { SourceError } from "../source-error.js";
import type { Access } from "./access.js";
import { asked, knows, retryAfter } from "./asked.js";

/** A board that is asked for over REST is compressed as for so many: who asks is not counted. */
const ASKERS = 64;

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
    const query = asked(liveQuerySchema, request);
    const { sport } = query;
    const refusal = feed.refusal(sport) ?? refusalBy(auth.of(request), sport);
    if (refusal) throw refusal;
    const client = access.client(request);
    const view = await feed.read(sport, client).catch((error: unknown) => {
      if (error instanceof SourceError) retryAfter(response, feed.nextAt(sport) - feed.now());
      throw error;
    });
    const only = onlyIn(query);
    const filter = only && viewOf(messages, sport, only, client, response);
    // Every read gives another age; the tag moves only with what a poller must fetch anew.
    const etag = `W/"${view.epoch}-${filter ? filter.tag(view) : view.version}-${view.status}"`;
    response.set({
      ETag: etag,
      "X-Odds-Fetched-At": String(view.fetchedAt),
    });
    if (knows(request, etag)) response.status(304).end();
    else await sendBoard(request, response, messages.whole(view, filter));
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
    // Redis is asked for each, also where the answer is a 304.
    response.locals.isCostly = true;
    const processes = await feed.processes().catch((error: unknown) => {
      retryAfter(response, feed.tickMs);
      throw error;
    });
    response.json({ processes, timestamp: feed.now() });
  });
  return router;
}

/** The view that a query asks for; undefined where it is the whole board. */
function onlyIn({ events, bookmakers, markets }: LiveQuery): Only | undefined {
  if ((events ?? bookmakers ?? markets) === undefined) return undefined;
  return { events: events?.split(","), bookmakers: bookmakers?.split(","), markets: markets?.split(",") };
}

/** A view for who asks once. Throws an `AppError` where that would be one too many. */
function viewOf(messages: MessageCache, sport: string, only: Only, client: string, response: Response) {
  try {
    return messages.views.ask(sport, only, client);
  } catch (thrown) {
    if (thrown instanceof AppError) retryAfter(response, ASKED_MS);
    throw thrown;
  }
}

/** Sends a board that was made ready, and compressed, for all who ask. */
async function sendBoard(request: Request, response: Response, message: PreparedMessage): Promise<void> {
  response.type("json");
  if (request.acceptsEncodings("gzip", "identity") !== "gzip") {
    response.send(message.bytes);
    return;
  }
  await message.compress(ASKERS);
  response.set("Content-Encoding", "gzip").send(message.gzip);
}
