import type { RequestListener } from "node:http";
import compression from "compression";
import cors from "cors";
import express, { type NextFunction, type Request, type Response, Router } from "express";
import { rateLimit, type Store } from "express-rate-limit";
import helmet, { crossOriginOpenerPolicy, originAgentCluster, strictTransportSecurity } from "helmet";
import type { Config } from "../config.js";
import type { MessageCache } from "../delivery/message-cache.js";
import { AppError, logError, publicError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type { ConfiguredLimits } from "../protocol/limits.js";
import type { Access } from "./access.js";
import { withoutTokens } from "./auth-presented.js";
import { clientFilesRouter } from "./client-files.js";
import { docsRouter } from "./docs.js";
import type { HistoryRouter } from "./history.js";
import { pageRouter } from "./page.js";
import type { PageFiles } from "./page-files.js";
import { restRouter } from "./rest.js";
import type { Vitals } from "./vitals.js";

/** So many characters of a path that leads nowhere are shown in the answer. */
const MAX_PATH_SHOWN = 100;

/** Everything over plain HTTP: security headers, CORS, limits, REST, health probes, and errors as JSON. */
export function createHttpApp(
  feed: OddsFeed,
  messages: MessageCache,
  access: Access,
  vitals: Vitals,
  config: Pick<Config, "TRUST_PROXY"> & ConfiguredLimits,
  log: Logger,
  limits: Store | undefined,
  page: PageFiles | undefined,
  /** Answers questions about the history, once there is one. */
  history: () => HistoryRouter | undefined,
): RequestListener {
  const { origins } = access;
  const app = express();
  // helmet takes it off only where the URL can be read.
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.set("trust proxy", config.TRUST_PROXY);
  // helmet's default would keep pages of other origins from reading answers that CORS allows them.
  const securityHeaders = helmet({
    crossOriginResourcePolicy: { policy: "cross-origin" },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    strictTransportSecurity: false,
  });
  app.use(securityHeaders, onlyOverTls);
  app.use(healthRouter(vitals, access));
  // Before the origins: every page may load it.
  app.use(clientFilesRouter());
  // And no page of another origin has to read this one.
  if (page) app.use(pageRouter(page));
  if (!origins.all) {
    // cors forgets it on refusals: a cache must not give a refused page's answer to another page.
    app.use((request: Request, response: Response, next: NextFunction) => {
      response.vary("Origin");
      // Whoever asks gets an answer; but the page will not be shown it, and somebody will wonder.
      if (!origins.allows(request.headers)) access.refusedOrigin(request);
      next();
    });
  }
  app.use(
    cors((request, done) =>
      done(null, {
        ...origins.cors(request.headers),
        methods: ["GET"],
        exposedHeaders: ["ETag", "Retry-After", "X-Odds-Fetched-At", "RateLimit", "RateLimit-Policy"],
        maxAge: 600,
      }),
    ),
  );
  app.use(compression());
  app.use(docsRouter(config, vitals.release, access.auth.isOn, () => history() !== undefined));
  /** What is told of a token that is refused, once the limit has counted its request. */
  const refusals = new WeakMap<Request, AppError>();
  app.use(
    "/api",
    // First: the limits know a client by its token.
    async (request: Request, _response: Response, next: NextFunction) => {
      if (access.auth.isOn) {
        const refusal = access.refusalOfUrl(request) ?? (await access.admit(request));
        if (refusal) refusals.set(request, refusal);
      }
      next();
    },
    rateLimit({
      windowMs: config.RATE_LIMIT_WINDOW_MS,
      limit: config.RATE_LIMIT_MAX,
      ...(limits ? { store: limits } : {}),
      standardHeaders: "draft-8",
      legacyHeaders: false,
      keyGenerator: (request) => access.client(request),
      // A 304 is the poller's heartbeat and costs nearly nothing; others may cost what their answers do.
      skipSuccessfulRequests: true,
      requestWasSuccessful: (_request, response) =>
        response.statusCode === 304 && response.locals.isCostly !== true,
      handler: (request, _response, next) => next(access.tooManyRequests(request)),
    }),
    (request: Request, response: Response, next: NextFunction) => {
      const refusal = refusals.get(request);
      if (refusal?.status === 503) response.set("Retry-After", "5");
      next(refusal);
    },
    restRouter(feed, messages, access),
    (request: Request, response: Response, next: NextFunction) => {
      const answer = history();
      if (answer) answer(request, response, next);
      else next();
    },
  );
  app.use((request: Request) => {
    const ways = page
      ? "/api/odds/live, for WebSockets at /odds, and as a page at /"
      : "/api/odds/live, and for WebSockets at /odds";
    throw new AppError(
      "NOT_FOUND",
      `There is nothing at ${request.method} ${shortened(request.path)}. Odds are at ${ways}; ` +
        "src/protocol/PROTOCOL.md lists all there is.",
    );
  });
  const refuse = (error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = malformedRequest(error) ?? error;
    if (!(known instanceof AppError)) {
      log.error("A request could not be answered", {
        path: withoutTokens(request.path),
        ...logError(error),
      });
    }
    if (known instanceof AppError && known.challenge) response.set("WWW-Authenticate", known.challenge);
    response
      .status(known instanceof AppError ? known.status : 500)
      .json({ error: publicError(known, access.isOperator(request)) });
  };
  app.use(refuse);
  return (request, response) => {
    // Express makes them its own before it looks for a route.
    const [asked, answer] = [request as Request, response as Response];
    const breakOff = (error?: unknown) => {
      log.error("An answer was broken off", logError(error));
      request.socket.destroy();
    };
    app(asked, answer, (error?: unknown) => {
      // No route is looked for where the URL cannot be read (`http://[/`), nor any error told to those above.
      if (error !== undefined) breakOff(error);
      else securityHeaders(asked, answer, () => refuse(malformed(), asked, answer, breakOff));
    });
  };
}

/** What browsers take over TLS alone. To stay with it is for this host: its subdomains are not ours to promise. */
const OF_TLS = [
  strictTransportSecurity({ includeSubDomains: false }),
  crossOriginOpenerPolicy(),
  originAgentCluster(),
];

/** Sends these to who came by TLS; to others a browser would complain of them in the page's console. */
function onlyOverTls(request: Request, response: Response, next: NextFunction): void {
  if (request.secure) for (const set of OF_TLS) set(request, response, () => {});
  next();
}

/** What health probes and monitors ask. */
function healthRouter(vitals: Vitals, access: Access): Router {
  const router = Router();
  router.get("/health", (_request, response) => {
    response.json(vitals.health());
  });
  router.get("/ready", (_request, response) => {
    const { ready, body } = vitals.readiness();
    response.status(ready ? 200 : 503).json(body);
  });
  router.get("/status", async (request, response) => {
    const { word, body } = vitals.status(await access.admitOperator(request));
    response.status(word === "down" ? 503 : 200).json(body);
  });
  router.get("/metrics", async (request, response) => {
    if (!(await access.admitOperator(request))) throw access.refusedScrape(request);
    const { contentType, text } = await vitals.scrape();
    response.set({ "Content-Type": contentType, "Cache-Control": "no-store" }).send(text);
  });
  return router;
}

/** A client's own words are given back only so far. */
function shortened(given: string): string {
  const path = withoutTokens(given);
  return path.length > MAX_PATH_SHOWN ? `${path.slice(0, MAX_PATH_SHOWN)}…` : path;
}

/** Express's own refusals (a path that does not decode, say) carry a 4xx status. */
function malformedRequest(error: unknown): AppError | undefined {
  if (error instanceof AppError || !(error instanceof Error) || !("status" in error)) return undefined;
  const { status } = error;
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  return malformed(status);
}

function malformed(status?: number): AppError {
  return new AppError("INVALID_MESSAGE", "The request is malformed.", status);
}
