import { z } from "zod";
import type { clientMessageSchema, Updates } from "./client-messages.js";
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

const ok = { ok: z.literal(true) };

/** What a Socket.IO callback is given. */
export const answerSchema = z
  .union([
    subscriptionAckSchema.extend(ok),
    unsubscriptionAckSchema.extend(ok),
    pongSchema.extend(ok),
    authAckSchema.extend(ok),
    z.object({ ok: z.literal(false), error: z.object(errorFields) }),
  ])
  .describe("What a Socket.IO callback is given: the fields of the answering event, or why it was refused.");
/** See {@link answerSchema}. */
export type Answer = z.infer<typeof answerSchema>;

/** Socket.IO's events from the server: named by `type`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
  subscribe(
    message: { sport: string; updates?: Updates; since?: { epoch: string; version: number } },
    callback?: (answer: Answer) => void,
  ): void;
  unsubscribe(message: { sport: string }, callback?: (answer: Answer) => void): void;
  auth(message: { token: string }, callback?: (answer: Answer) => void): void;
  message(message: z.input<typeof clientMessageSchema>, callback?: (answer: Answer) => void): void;
}
