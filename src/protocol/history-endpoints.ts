import { z } from "zod";
import { noQuerySchema } from "./answers.js";
import type { Endpoint } from "./endpoint.js";
import { EXAMPLES } from "./examples.js";
import {
  boardAtSchema,
  historyAnswerSchema,
  historyEventsSchema,
  historyLinesSchema,
  historyStatusSchema,
  notCoveredBodySchema,
} from "./history-answers.js";
import {
  atQuerySchema,
  eventsQuerySchema,
  exportQuerySchema,
  historyQuerySchema,
  linesQuerySchema,
} from "./history-queries.js";

/** Codes with which a sport may be refused; `INTERNAL` with 503 where the store cannot be asked. */
const OF_SPORT = ["SPORT_NOT_ALLOWED", "UNKNOWN_SPORT"] as const;

const HEADERS = ["ETag", "Cache-Control"] as const;
const requestHeaders = { "If-None-Match": "The ETag of the answer that you hold: 304 while it is the same." };
const UNCHANGED = { description: "It is the same. Counts against the limit.", headers: HEADERS };

/** What can be asked of the history over HTTP. */
export const HISTORY_ENDPOINTS: readonly Endpoint[] = [
  {
    path: "/api/odds/history/events",
    name: "getHistoryEvents",
    tag: "History",
    summary: "The events of a sport that are known, past ones too.",
    query: eventsQuerySchema,
    requestHeaders,
    answers: {
      200: {
        description: "The events that were on the board at any time in between.",
        headers: HEADERS,
        body: { schema: historyEventsSchema, example: EXAMPLES.historyEvents },
      },
      304: UNCHANGED,
    },
    errors: OF_SPORT,
    isStored: true,
  },
  {
    path: "/api/odds/history",
    name: "getHistory",
    tag: "History",
    summary: "How the markets of an event changed.",
    description:
      "In order of time, a page at a time. A change lies in (`after`, `at`]; `coverage` says how often the sport was " +
      "read in the time that the page is of, and why not. `points` thins one market for a chart.",
    query: historyQuerySchema,
    requestHeaders,
    answers: {
      200: {
        description: "The changes.",
        headers: HEADERS,
        body: { schema: historyAnswerSchema, example: EXAMPLES.history },
      },
      304: UNCHANGED,
    },
    errors: [...OF_SPORT, "NOT_FOUND"],
    isStored: true,
  },
  {
    path: "/api/odds/history/lines",
    name: "getHistoryLines",
    tag: "History",
    summary: "Opening, current, highest, lowest and closing prices of an event.",
    query: linesQuerySchema,
    requestHeaders,
    answers: {
      200: {
        description: "One line for each side of a bet.",
        headers: HEADERS,
        body: { schema: historyLinesSchema, example: EXAMPLES.historyLines },
      },
      304: UNCHANGED,
    },
    errors: [...OF_SPORT, "NOT_FOUND"],
    isStored: true,
  },
  {
    path: "/api/odds/at",
    name: "getOddsAt",
    tag: "History",
    summary: "The board of a sport as it was at a moment.",
    query: atQuerySchema,
    requestHeaders,
    answers: {
      200: {
        description: "The board.",
        headers: HEADERS,
        body: { schema: boardAtSchema, example: EXAMPLES.boardAt },
      },
      304: UNCHANGED,
      404: {
        description:
          "NOT_COVERED: nobody looked at that moment; `gap` says from when to when, and why. UNKNOWN_SPORT: there is no such sport.",
        body: { schema: notCoveredBodySchema, example: EXAMPLES.notCovered },
      },
    },
    errors: OF_SPORT,
    isStored: true,
  },
  {
    path: "/api/odds/history/export",
    name: "exportHistory",
    tag: "History",
    summary: "All changes of a sport as a stream: text/csv, or application/x-ndjson.",
    description:
      "Event by event as they came, of each market by market in order of time. Gzipped for who takes that. CSV has a line " +
      "for each outcome, and one without any where a market went; NDJSON one for each change.",
    query: exportQuerySchema,
    answers: {
      200: {
        description: "The changes.",
        body: { type: "text/csv", orType: "application/x-ndjson", schema: z.string() },
      },
    },
    errors: OF_SPORT,
    isStored: true,
  },
  {
    path: "/api/odds/history/status",
    name: "getHistoryStatus",
    tag: "History",
    summary: "How the history is.",
    query: noQuerySchema,
    answers: {
      200: {
        description: "How it is.",
        body: { schema: historyStatusSchema, example: EXAMPLES.historyStatus },
      },
    },
    errors: [],
    isStored: true,
  },
];
