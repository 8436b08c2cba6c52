import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";

/** A process's name is this many characters. */
export const ID_LENGTH = 12;

/** What a process is called in its log, in its answers and among the others. */
export interface Identity {
  /** Made up at each start: it tells nothing of the machine. */
  readonly process: string;
  /** Which server this is: the package's version, and the commit that was built, where that is known. */
  readonly release: string;
  /** Where it listens; undefined before it does. */
  port: number | undefined;
}

const packageSchema = z.object({ version: z.string() });

/** A new process's identity. */
export function newIdentity(): Identity {
  return { process: randomBytes(ID_LENGTH / 2).toString("hex"), release: release(), port: undefined };
}

function release(): string {
  // One folder up from both src/ and dist/.
  const { version } = packageSchema.parse(JSON.parse(textOf("../package.json") ?? '{"version":"unknown"}'));
  // Written by the build.
  const commit = textOf("./commit.txt")?.trim();
  return commit ? `${version}+${commit}` : version;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(new URL(file, import.meta.url), "utf8");
  } catch {
    return undefined;
  }
}
