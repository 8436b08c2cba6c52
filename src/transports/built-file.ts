import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Request, Response } from "express";
import { AppError } from "../errors.js";

/** A file that is the same for all who ask: as it is, and compressed once. */
export interface BuiltFile {
  readonly plain: Buffer;
  readonly zipped: Buffer;
  /** Names its content: the beginning of its SHA-256, in hexadecimal digits. */
  readonly hash: string;
}

/** `Cache-Control` of a file that was asked for by a name which holds its hash: it may be kept for a year. */
export const FOR_GOOD = "public, max-age=31536000, immutable";

/** And of one whose name stays while its content may change: ask whether it did each time. */
export const ASK_AGAIN = "no-cache";

/** So many digits tell one build's file from the next. */
const HASH_DIGITS = 16;

/** Gives a file that `load` reads when it is first asked for, and again only where that failed. */
export function builtFile(load: () => Promise<Buffer>): () => Promise<BuiltFile> {
  let made: Promise<BuiltFile> | undefined;
  return () => {
    made ??= load()
      .then(compressed)
      .catch((error: unknown) => {
        made = undefined;
        throw error;
      });
    return made;
  };
}

/** Makes a file of its content. */
export async function compressed(plain: Buffer): Promise<BuiltFile> {
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, HASH_DIGITS);
  return { plain, zipped: await promisify(gzip)(plain), hash };
}

/** Reads a file that the build put there; where there is none, rejects with what makes it. `name` is for a person. */
export async function readBuilt(path: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw notBuilt(name);
  }
}

/** The build has not put a file there. */
export function notBuilt(name: string): AppError {
  return new AppError(
    "NOT_FOUND",
    `This server has no ${name}, which the build makes: start it with \`npm start\`.`,
  );
}

/** Answers with a file, compressed where the client takes that; its type and how long it keeps are set already. */
export function sendFile(request: Request, response: Response, { plain, zipped }: BuiltFile): void {
  const isZipped = request.acceptsEncodings("gzip", "identity") === "gzip";
  response.vary("Accept-Encoding");
  if (isZipped) response.set("Content-Encoding", "gzip");
  response.send(isZipped ? zipped : plain);
}
