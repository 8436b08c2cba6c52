import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Request, Response } from "express";

/** A file that is the same for all who ask: as it is, and compressed once. */
export interface BuiltFile {
  readonly plain: Buffer;
  readonly zipped: Buffer;
  /** Names its content: the beginning of its SHA-256, in hexadecimal digits. */
  readonly hash: string;
}

/** So many digits tell one build's file from the next. */
const HASH_DIGITS = 16;

/** Gives a file that `load` reads when it is first asked for, and again only where that failed. */
export function builtFile(load: () => Promise<Buffer>): () => Promise<BuiltFile> {
  let made: Promise<BuiltFile> | undefined;
  return () => {
    made ??= make(load).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

async function make(load: () => Promise<Buffer>): Promise<BuiltFile> {
  const plain = await load();
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, HASH_DIGITS);
  return { plain, zipped: await promisify(gzip)(plain), hash };
}

/** Answers with a file, compressed where the client takes that; its type and how long it keeps are set already. */
export function sendFile(request: Request, response: Response, { plain, zipped }: BuiltFile): void {
  const isZipped = request.acceptsEncodings("gzip", "identity") === "gzip";
  response.vary("Accept-Encoding");
  if (isZipped) response.set("Content-Encoding", "gzip");
  response.send(isZipped ? zipped : plain);
}
