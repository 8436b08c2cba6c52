import { AppError } from "../errors.js";

/** Where a page ended: the last row's two ordering numbers. */
export type Position = readonly [number, number];

/** The second is a row's id, which PostgreSQL keeps in 32 bits. */
const MAX_ID = 2 ** 31 - 1;

/** A position as a client is given it, to come back with. */
export function cursorOf(position: Position): string {
  return Buffer.from(position.join(".")).toString("base64url");
}

/** The position that a cursor stands for. Throws an `AppError` where it is none of ours. */
export function positionOf(cursor: string): Position {
  const [, first, second] =
    /^(\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  const isOurs = Number(first) <= Number.MAX_SAFE_INTEGER && Number(second) <= MAX_ID;
  if (first === undefined || second === undefined || !isOurs) {
    throw AppError.invalidMessage("`cursor` must be one that an answer of this server gave.");
  }
  return [Number(first), Number(second)];
}
