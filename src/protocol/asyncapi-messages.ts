import { z } from "zod";
import { errorBodySchema } from "./answers.js";
import { clientMessageSchema } from "./client-messages.js";
import { errorFields } from "./error-codes.js";
import { EXAMPLES } from "./examples.js";
import { CLIENT_MESSAGES, type Json, type NamedMessage, refTo, SERVER_MESSAGES } from "./json-schemas.js";
import { answerSchema } from "./socketio-events.js";

/** A message as the AsyncAPI document tells of it. */
export interface Described {
  /** Its name within the document. */
  readonly key: string;
  /** Its name on the wire: `type`, or Socket.IO's event; for what is neither, what it is. */
  readonly name: string;
  readonly summary: string;
  readonly payload: Json;
  readonly examples: readonly unknown[];
}

const message = ({ type, schema }: NamedMessage): Described => ({
  key: type,
  name: type,
  summary: schema.description ?? "",
  payload: refTo(schema),
  examples: [EXAMPLES[type]],
});

/** What a client of the plain WebSocket may say. */
export const CLIENT: readonly Described[] = CLIENT_MESSAGES.map(message);
/** What the server says at both transports. */
export const SERVER: readonly Described[] = SERVER_MESSAGES.map(message);

/** What a Socket.IO client says needs no `type`: the event names it. `ping` goes by the event `message`. */
const events = CLIENT_MESSAGES.filter(({ type }) => type !== "ping").map(({ name, type, schema }) => {
  const { type: _, ...fields } = schema.shape;
  const { type: _type, ...example } = EXAMPLES[type];
  const description = schema.description ?? "";
  return { name: `${name}Event`, type, schema: z.object(fields).describe(description), description, example };
});

const connectErrorSchema = z
  .object({ message: errorFields.message, data: z.object(errorFields) })
  .describe("An entry into the namespace was refused; `data` is the error.");

/** Schemas that only Socket.IO needs, by their names. */
export const SOCKET_IO_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(events.map(({ name, schema }) => [name, schema])),
  ConnectError: connectErrorSchema,
};

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** The events of a Socket.IO client. */
export const CLIENT_EVENTS: readonly Described[] = [
  ...events.map(({ name, type, description, example }) => ({
    key: `${type}_event`,
    name: type,
    summary: description,
    payload: ref(name),
    examples: [example],
  })),
  {
    key: "message_event",
    name: "message",
    summary: "Any message of a client's, which names its `type` itself.",
    payload: refTo(clientMessageSchema),
    examples: [EXAMPLES.ping, EXAMPLES.subscribe],
  },
];

/** What a Socket.IO client's callback is given. */
export const ANSWER: Described = {
  key: "answer",
  name: "answer",
  summary: answerSchema.description ?? "",
  payload: refTo(answerSchema),
  examples: [EXAMPLES.accepted, EXAMPLES.refused],
};

/** How a transport refuses a connection, in place of the upgrade. */
export const REFUSAL: Described = {
  key: "refusal",
  name: "refusal",
  summary: "A connection was refused: the body of an HTTP answer, with the status of the error's code.",
  payload: refTo(errorBodySchema),
  examples: [EXAMPLES.failure],
};

/** How Socket.IO refuses an entry into the namespace. */
export const CONNECT_ERROR: Described = {
  key: "connect_error",
  name: "connect_error",
  summary: connectErrorSchema.description ?? "",
  payload: ref("ConnectError"),
  examples: [
    {
      message: "This connection has a client in this namespace already.",
      data: { code: "INVALID_MESSAGE", message: "This connection has a client in this namespace already." },
    },
  ],
};
