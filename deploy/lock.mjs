// @ts-check
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

/**
 * Takes a lock, so that two rollouts do not each take a process down. One whose holder is gone is taken over.
 * @param {string} file
 * @returns {(() => void) | undefined} what gives it back; undefined where another holds it
 */
export function lock(file) {
  for (const isFirst of [true, false]) {
    try {
      const open = openSync(file, "wx");
      writeSync(open, String(process.pid));
      closeSync(open);
      return () => rmSync(file, { force: true });
    } catch {
      if (isFirst && !isAlive(file)) rmSync(file, { force: true });
    }
  }
  return undefined;
}

/** @param {string} file */
function isAlive(file) {
  try {
    process.kill(Number(readFileSync(file, "utf8")) || -1e9, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
