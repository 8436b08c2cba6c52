import { promisify } from "node:util";
import { deflate, inflate, inflateSync } from "node:zlib";
import { z } from "zod";
import { boardEventSchema } from "../board/model.js";
import type { Step } from "../board/store.js";
import { sourceNameSchema } from "../config.js";
import { ERROR_STATUS, type ErrorCode } from "../errors.js";
import { ID_LENGTH } from "../identity.js";
import type { LeaderStatus } from "../polling/cluster.js";
import { SourceError } from "../source-error.js";
import { dirtyKeysOf, dirtyKeysSchema, positionSchema, weightsSchema, wireKeys } from "./record-codec.js";

/*
 * How what processes tell one another is written: the sender's name, then JSON; a board's is deflated, as it is 20
 * times smaller so, and is done once for all who read it. All times are by the clock that all go by. Keys on this wire
 * (`word`, `marks`) are older than the names in the code: processes of two releases share a Redis for a while.
 */

/** Level 3 of 9: half the time of the usual 6, for a tenth more bytes. */
const DEFLATE_LEVEL = 3;
/** No board is larger than this, in bytes. */
const MAX_BOARD_BYTES = 64 * 1024 * 1024;
/** The first byte of deflated data (RFC 1950, section 2.2). */
const DEFLATED = 0x78;

const deflated = promisify(deflate);
const inflated = promisify(inflate);
const turn = promisify(setImmediate);

const count = z.number().nullable();
const leaderStatusSchema = z.object({
  pollStatus: z.object({
    nextFetchAt: z.number(),
    everyMs: z.number(),
    trouble: z
      .object({
        code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
        message: z.string(),
        recovery: z.enum(["retry", "slow-down", "remember", "person"]),
        reason: z.string(),
        until: z.number(),
        advice: z.string().optional(),
      })
      .optional(),
  }),
  // What is not dated, as by an older process, is older than anything.
  quota: z.object({ remaining: count, used: count, last: count, heardAt: z.number().default(0) }).optional(),
  phaseMs: z.number(),
  why: z.enum(["send", "failure", "answer", "kept"]),
});

const messageSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("step"),
    from: z.int(),
    follows: positionSchema.optional(),
    board: z.object({
      sport: z.string(),
      source: sourceNameSchema,
      epoch: z.string(),
      version: z.int(),
      fetchedAt: z.number(),
      events: z.array(boardEventSchema),
    }),
    marks: dirtyKeysSchema.nullable(),
    reread: z.array(z.string()),
    word: leaderStatusSchema,
  }),
  z.object({ kind: z.literal("word"), sport: z.string(), word: leaderStatusSchema }),
  z.object({ kind: z.literal("ask"), sport: z.string(), client: z.string().optional() }),
  /** `turn`: which of the sender's messages on what it wants; an older one is not heard. */
  z.object({ kind: z.literal("wants"), wanted: weightsSchema, turn: z.int() }),
  /** The sender cannot have a sport's board from Redis. */
  z.object({ kind: z.literal("lost"), sport: z.string() }),
  /** The lease is free. */
  z.object({ kind: z.literal("free") }),
  /** The sender has left. */
  z.object({ kind: z.literal("left") }),
]);

/** What one process tells the others. */
export type Message =
  | { kind: "step"; step: Step; status: LeaderStatus }
  | { kind: "status"; sport: string; status: LeaderStatus }
  | { kind: "ask"; sport: string; client: string | undefined }
  | { kind: "wants"; wanted: ReadonlyMap<string, number>; turn: number }
  | { kind: "lost"; sport: string }
  | { kind: "free" | "left" };
/** One without a board. */
export type PlainMessage = Exclude<Message, { kind: "step" }>;

/** A message without a board, from the process with this name. */
export function write(id: string, message: PlainMessage): Buffer {
  const wire =
    message.kind === "status"
      ? { kind: "word", sport: message.sport, word: wireStatus(message.status) }
      : message.kind === "wants"
        ? { ...message, wanted: [...message.wanted] }
        : message;
  return Buffer.from(id + JSON.stringify(wire));
}

/** A step and the status that goes with it. */
export async function writeStep(id: string, step: Step, status: LeaderStatus): Promise<Buffer> {
  const { board, from, follows, dirty, reread } = step;
  const wire = {
    kind: "step",
    from,
    follows,
    board,
    marks: dirty ? wireKeys(dirty) : null,
    reread,
    word: wireStatus(status),
  };
  return Buffer.concat([Buffer.from(id), await deflated(JSON.stringify(wire), { level: DEFLATE_LEVEL })]);
}

/** Reads a message. Throws when it is not of the form. */
export function read(bytes: Buffer): { from: string; message: Message } {
  const body = bytes.subarray(ID_LENGTH);
  const text = body[0] === DEFLATED ? inflateSync(body, { maxOutputLength: MAX_BOARD_BYTES }) : body;
  return { from: senderOf(bytes), message: messageOf(JSON.parse(text.toString())) };
}

/** Reads a step that is kept, others having their turns in between. Rejects when it is not of the form. */
export async function readInTurns(bytes: Buffer): Promise<Message> {
  const text = await inflated(bytes.subarray(ID_LENGTH), { maxOutputLength: MAX_BOARD_BYTES });
  const wire: unknown = JSON.parse(text.toString());
  await turn();
  return messageOf(wire);
}

function messageOf(told: unknown): Message {
  const wire = messageSchema.parse(told);
  if (wire.kind === "step") {
    const { board, follows, reread, marks, word } = wire;
    const step = { board, from: wire.from, follows, dirty: marks ? dirtyKeysOf(marks) : undefined, reread };
    return { kind: "step", step, status: leaderStatusOf(word) };
  }
  if (wire.kind === "word") return { kind: "status", sport: wire.sport, status: leaderStatusOf(wire.word) };
  if (wire.kind === "wants") return { ...wire, wanted: new Map(wire.wanted) };
  if (wire.kind === "ask") return { ...wire, client: wire.client };
  return wire;
}

/** Whose message it is, without reading it. */
export function senderOf(bytes: Buffer): string {
  return bytes.toString("latin1", 0, ID_LENGTH);
}

function wireStatus({ pollStatus, ...rest }: LeaderStatus): z.input<typeof leaderStatusSchema> {
  const { trouble, ...other } = pollStatus;
  if (!trouble) return { ...rest, pollStatus: other };
  const { code, message, recovery, reason, advice } = trouble.error;
  return {
    ...rest,
    pollStatus: { ...other, trouble: { code, message, recovery, reason, advice, until: trouble.until } },
  };
}

function leaderStatusOf({ pollStatus, quota, ...rest }: z.output<typeof leaderStatusSchema>): LeaderStatus {
  const { trouble, ...other } = pollStatus;
  return {
    ...rest,
    quota,
    pollStatus: {
      ...other,
      trouble: trouble && {
        error: new SourceError(trouble.code, trouble.message, trouble.recovery, trouble.reason).advised(
          trouble.advice,
        ),
        until: trouble.until,
      },
    },
  };
}
