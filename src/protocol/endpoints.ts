import { z } from "zod";
import {
  clusterAnswerSchema,
  creditsAnswerSchema,
  errorBodySchema,
  healthSchema,
  liveQuerySchema,
  noQuerySchema,
  readinessSchema,
  sportsAnswerSchema,
  statusReportSchema,
} from "./answers.js";
import type { Endpoint } from "./endpoint.js";
import { EXAMPLES } from "./examples.js";
import { HISTORY_ENDPOINTS } from "./history-endpoints.js";
import { oddsUpdateSchema } from "./server-messages.js";

/** Codes with which a read of a sport, or of the list of them, may fail. */
const READ_ERRORS = [
  "UPSTREAM_FAILED",
  "UPSTREAM_RATE_LIMITED",
  "OUT_OF_USAGE_CREDITS",
  "INVALID_KEY",
  "CLUSTER_UNAVAILABLE",
] as const;

const anyObject = z.looseObject({});

const scriptQuerySchema = z.object({
  v: z
    .string()
    .optional()
    .describe("The script's hash, as its ETag names it: then a browser may keep it for a year."),
});

/** Every endpoint; of those with the tag `History` only a server that keeps one has any. Requests under /api/ are limited; see openapi.ts. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    path: "/api/odds/live",
    name: "getLiveOdds",
    tag: "Odds",
    summary: "The board of a sport.",
    description:
      "With `events`, `bookmakers` or `markets` it is the board without what these do not list; what they list and the " +
      "board has not is no error. " +
      "Read by the same schedule as everything else: asking often costs no more credits than subscribing does. A known " +
      "board is not held up by a slow upstream; 503 comes only where there is no board at all.",
    query: liveQuerySchema,
    requestHeaders: {
      "If-None-Match": "The ETag of the board that you hold: 304 while no price of it moved.",
    },
    answers: {
      200: {
        description: "The board.",
        headers: ["ETag", "X-Odds-Fetched-At"],
        body: { schema: oddsUpdateSchema, example: EXAMPLES.odds_update },
      },
      304: {
        description: "No price of it moved since. Does not count against the limit.",
        headers: ["ETag", "X-Odds-Fetched-At"],
      },
    },
    errors: ["SPORT_NOT_ALLOWED", "UNKNOWN_SPORT", "TOO_MANY_SUBSCRIPTIONS", ...READ_ERRORS],
  },
  {
    path: "/api/odds/sports",
    name: "getSports",
    tag: "Odds",
    summary: "The sports that this server serves.",
    query: noQuerySchema,
    answers: {
      200: { description: "The sports.", body: { schema: sportsAnswerSchema, example: EXAMPLES.sports } },
    },
    errors: READ_ERRORS,
  },
  ...HISTORY_ENDPOINTS,
  {
    path: "/",
    name: "getPage",
    tag: "Client",
    summary: "A web page that shows the odds.",
    description: "What it loads is under /assets/, for good. A server with `PAGE=off` has neither.",
    answers: { 200: { description: "The page.", body: { type: "text/html", schema: z.string() } } },
    errors: ["NOT_FOUND"],
  },
  {
    path: "/client.js",
    name: "getClientScript",
    tag: "Client",
    summary: "The client library that fits this server, as one ES module.",
    description: "For pages of every origin. An ETag tells one release from the next.",
    query: scriptQuerySchema,
    answers: {
      200: { description: "The module.", body: { type: "text/javascript", schema: z.string() } },
    },
    errors: ["NOT_FOUND"],
  },
  {
    path: "/live-odds-client.tgz",
    name: "getClientPackage",
    tag: "Client",
    summary: "The client library that fits this server, as a package for npm.",
    description: "`npm i http://localhost:3001/live-odds-client.tgz`",
    answers: {
      200: {
        description: "The package.",
        body: { type: "application/gzip", schema: z.string() },
      },
    },
    errors: ["NOT_FOUND"],
  },
  {
    path: "/api/odds/credits",
    name: "getCredits",
    tag: "Operation",
    summary: "The state of the bill.",
    query: noQuerySchema,
    isOperators: true,
    answers: {
      200: { description: "The bill.", body: { schema: creditsAnswerSchema, example: EXAMPLES.credits } },
    },
    errors: [],
  },
  {
    path: "/api/cluster",
    name: "getCluster",
    tag: "Operation",
    summary: "All processes that serve these boards.",
    query: noQuerySchema,
    isOperators: true,
    answers: {
      200: {
        description: "The processes.",
        body: { schema: clusterAnswerSchema, example: EXAMPLES.cluster },
      },
    },
    errors: ["CLUSTER_UNAVAILABLE"],
  },
  {
    path: "/health",
    name: "getHealth",
    tag: "Operation",
    summary: "Whether the process lives. Cheap, and counts against no limit.",
    answers: { 200: { description: "It lives.", body: { schema: healthSchema, example: EXAMPLES.health } } },
    errors: [],
  },
  {
    path: "/ready",
    name: "getReadiness",
    tag: "Operation",
    summary: "Whether the server should get traffic.",
    answers: {
      200: { description: "It should.", body: { schema: readinessSchema, example: { status: "ready" } } },
      503: {
        description: "It should not: it starts or drains.",
        body: { schema: readinessSchema, example: { status: "draining" } },
      },
    },
    errors: [],
  },
  {
    path: "/status",
    name: "getStatus",
    tag: "Operation",
    summary: "In one word how the server is.",
    answers: {
      200: { description: "ok or degraded.", body: { schema: statusReportSchema, example: EXAMPLES.status } },
      503: {
        description: "down.",
        body: {
          schema: statusReportSchema,
          example: { ...EXAMPLES.status, status: "down", phase: "draining" },
        },
      },
    },
    errors: [],
  },
  {
    path: "/metrics",
    name: "getMetrics",
    tag: "Operation",
    summary: "All that is counted, for Prometheus.",
    description: "For operators only: from the machine itself, or with a token that says so.",
    answers: {
      200: { description: "In Prometheus' text format.", body: { type: "text/plain", schema: z.string() } },
      403: {
        description:
          "UNAUTHORIZED: who asks is no operator. No challenge goes with it, as a client has no use for it.",
        body: {
          schema: errorBodySchema,
          example: { error: { code: "UNAUTHORIZED", message: "Metrics are for operators." } },
        },
      },
    },
    errors: [],
  },
  {
    path: "/openapi.json",
    name: "getOpenApi",
    tag: "Contracts",
    summary: "This document.",
    answers: { 200: { description: "OpenAPI 3.1.", body: { schema: anyObject } } },
    errors: [],
  },
  {
    path: "/asyncapi.json",
    name: "getAsyncApi",
    tag: "Contracts",
    summary: "The messages of Socket.IO and of the plain WebSocket.",
    answers: { 200: { description: "AsyncAPI 3.0.", body: { schema: anyObject } } },
    errors: [],
  },
  {
    path: "/docs",
    name: "getDocs",
    tag: "Contracts",
    summary: "A page to read both documents on.",
    answers: { 200: { description: "The page.", body: { type: "text/html", schema: z.string() } } },
    errors: [],
  },
];
