import { z } from "zod";
import type { ClientMessage, clientMessageSchema, Only, Updates } from "./client-messages.js";
import { errorFields } from "./error-codes.js";
import {
  authAckSchema,
  pongSchema,
  type ServerMessage,
  subscriptionAckSchema,
  unsubscriptionAckSchema,
} from "./server-messages.js";

/* What Socket.IO adds to the messages: rooms, callbacks, and events for a typed socket.io-client. */

/** The Socket.IO room of a sport. */
export const room = (sport: string): `odds:${string}` => `odds:${sport}`;

/** What a Socket.IO callback is given when the message was refused. */
export const refusalSchema = z
  .object({
    ok: z.literal(false),
    error: z.object(errorFields).describe("Why."),
  })
  .describe("What a Socket.IO callback is given when the message was refused.");

const ok = { ok: z.literal(true) };

/** What the callback of each Socket.IO event is given. */
export const answerSchemas = {
  subscribe: z.union([subscriptionAckSchema.extend(ok), refusalSchema]),
  unsubscribe: z.union([unsubscriptionAckSchema.extend(ok), refusalSchema]),
  ping: z.union([pongSchema.extend(ok), refusalSchema]),
  auth: z.union([authAckSchema.extend(ok), refusalSchema]),
} as const;

/** What a Socket.IO callback is given. */
export const answerSchema = z
  .union([
    answerSchemas.subscribe.options[0],
    answerSchemas.unsubscribe.options[0],
    answerSchemas.ping.options[0],
    answerSchemas.auth.options[0],
    refusalSchema,
  ])
  .describe("What a Socket.IO callback is given: the fields of the answering event, or why it was refused.");

/** See {@link refusalSchema}. */
export type Refusal = z.infer<typeof refusalSchema>;
/** See {@link answerSchema}. */
export type Answer = z.infer<typeof answerSchema>;
/** What the callback of a Socket.IO event is given, by what it answers. */
export type AnswerTo = { readonly [T in ClientMessage["type"]]: z.infer<(typeof answerSchemas)[T]> };

/** Socket.IO's events from the server: named by `type`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
  subscribe(
    message: {
      sport: string;
      updates?: Updates | undefined;
      since?: { epoch: string; version: number } | undefined;
      only?: Only | undefined;
    },
    callback?: (answer: AnswerTo["subscribe"]) => void,
  ): void;
  unsubscribe(message: { sport: string }, callback?: (answer: AnswerTo["unsubscribe"]) => void): void;
  auth(message: { token: string }, callback?: (answer: AnswerTo["auth"]) => void): void;
  message(message: z.input<typeof clientMessageSchema>, callback?: (answer: Answer) => void): void;
}
