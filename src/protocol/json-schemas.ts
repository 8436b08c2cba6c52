import { z } from "zod";
import {
  boardBookmakerSchema,
  boardEventSchema,
  boardMarketSchema,
  outcomeSchema,
  sportSchema,
  statusSchema,
} from "../board/model.js";
import { sourceNameSchema } from "../config.js";
import * as answers from "./answers.js";
import { type ClientMessage, clientMessageSchema, onlySchema, updatesSchema } from "./client-messages.js";
import {
  bookmakerChangeSchema,
  changesSchema,
  eventChangeSchema,
  marketChangeSchema,
  readTrackSchema,
} from "./delta.js";
import { errorCodeSchema } from "./error-codes.js";
import * as history from "./history-answers.js";
import { resyncSchema, type ServerMessage, serverMessageSchema } from "./server-messages.js";
import { answerSchema, refusalSchema } from "./socketio-events.js";

/** A JSON Schema, or any other part of a contract. */
export type Json = Readonly<Record<string, unknown>>;

const pascal = (type: string) => type.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
/** What a message is called where messages are types. `Error` is everybody's. */
const nameOf = (type: string) => (type === "error" ? "ErrorMessage" : pascal(type));

/** A message's name as a type, its `type`, and its schema. */
export interface NamedMessage {
  readonly name: string;
  readonly type: (ClientMessage | ServerMessage)["type"];
  readonly schema: z.ZodObject;
}

const named = (
  schema: (typeof clientMessageSchema.options | typeof serverMessageSchema.options)[number],
): NamedMessage => {
  const type = schema.shape.type.value;
  return { name: nameOf(type), type, schema };
};
/** What a client may say. */
export const CLIENT_MESSAGES: readonly NamedMessage[] = clientMessageSchema.options.map(named);
/** What the server says. */
export const SERVER_MESSAGES: readonly NamedMessage[] = serverMessageSchema.options.map(named);

/** Every schema that has a name in the contracts and among the client's types. */
export const NAMED: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries([...CLIENT_MESSAGES, ...SERVER_MESSAGES].map(({ name, schema }) => [name, schema])),
  ClientMessage: clientMessageSchema,
  Updates: updatesSchema,
  Only: onlySchema,
  Resync: resyncSchema,
  Status: statusSchema,
  SourceName: sourceNameSchema,
  Answer: answerSchema,
  Refusal: refusalSchema,
  ErrorCode: errorCodeSchema,
  Changes: changesSchema,
  EventChange: eventChangeSchema,
  BookmakerChange: bookmakerChangeSchema,
  MarketChange: marketChangeSchema,
  ReadTrack: readTrackSchema,
  BoardEvent: boardEventSchema,
  Bookmaker: boardBookmakerSchema,
  Market: boardMarketSchema,
  Outcome: outcomeSchema,
  Sport: sportSchema,
  ErrorBody: answers.errorBodySchema,
  SportsAnswer: answers.sportsAnswerSchema,
  CreditsAnswer: answers.creditsAnswerSchema,
  ProcessReport: answers.processReportSchema,
  ClusterAnswer: answers.clusterAnswerSchema,
  Health: answers.healthSchema,
  Readiness: answers.readinessSchema,
  StatusReport: answers.statusReportSchema,
  HistoryCoverage: history.coverageSchema,
  NotCovered: history.notCoveredSchema,
  NotCoveredBody: history.notCoveredBodySchema,
  PastEvent: history.pastEventSchema,
  BoardAt: history.boardAtSchema,
  HistoryChange: history.historyChangeSchema,
  HistoryAnswer: history.historyAnswerSchema,
  HistoryEvent: history.historyEventSchema,
  HistoryEvents: history.historyEventsSchema,
  HistoryPrice: history.historyPriceSchema,
  HistoryLine: history.historyLineSchema,
  HistoryLines: history.historyLinesSchema,
  HistoryStatus: history.historyStatusSchema,
};

const PREFIX = "#/components/schemas/";

/** Where a document refers to a named schema. Throws where it has no name. */
export function refTo(schema: z.ZodType): Json {
  const name = Object.keys(NAMED).find((name) => NAMED[name] === schema);
  if (name === undefined) throw new Error("This schema has no name: give it one in NAMED");
  return { $ref: PREFIX + name };
}

/**
 * The named schemas, and those of `more`, as JSON Schemas that refer to one another below `#/components/schemas/`.
 * They tell what is written and what is said, not what it is read as: objects stay open, as fields may be added.
 */
export function jsonSchemas(
  target: "draft-2020-12" | "draft-7",
  more: Readonly<Record<string, z.ZodType>> = {},
): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...NAMED, ...more })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { target, io: "input", uri: (id) => PREFIX + id });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, $schema: _schema, ...schema }]) => [id, schema]),
  );
}

/** A schema that stands alone, in line. */
export function inline(schema: z.ZodType, target: "draft-2020-12" | "draft-7"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target, io: "input" });
  return rest;
}

/** Of all schemas those that a document refers to, and those that they refer to. */
export function reachable(schemas: Readonly<Record<string, Json>>, from: unknown): Record<string, Json> {
  const found = new Map<string, Json>();
  const visit = (part: unknown): void => {
    for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = schemas[name];
      if (found.has(name) || !schema) continue;
      found.set(name, schema);
      visit(schema);
    }
  };
  visit(from);
  return Object.fromEntries([...found].sort(([a], [b]) => a.localeCompare(b)));
}
