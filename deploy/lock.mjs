// @ts-check
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Who took a lock over looks after this time (ms) whether another did so in the same moment. */
const DOUBT_MS = 200;

/**
 * Takes a lock, so that two rollouts do not each take a process down. One whose holder is gone is taken over.
 * @param {string} file
 * @returns {(() => void) | undefined} what gives it back; undefined where another holds it
 */
export function lock(file) {
  const mine = nameOf(process.pid);
  const draft = `${file}.${process.pid}`;
  // Written first and then put there in one go: nobody finds a lock without its holder's name.
  writeFileSync(draft, mine);
  try {
    const isTakenOver = !put(draft, file);
    if (isTakenOver) {
      if (isHeld(file)) return undefined;
      rmSync(file, { force: true });
      if (!put(draft, file)) return undefined;
      // Another may have found the same one and removed ours for it: the last one there has it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DOUBT_MS);
      if (read(file) !== mine) return undefined;
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/**
 * @param {string} draft
 * @param {string} file
 * @returns {boolean} whether it is there now; false where there is one already
 */
function put(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/**
 * A process by its number and its start, as numbers are given again: after a restart of the machine sooner than not.
 * @param {number} pid
 */
function nameOf(pid) {
  // Of Linux' /proc/PID/stat, the 22nd field; the second, a name in brackets, may have blanks.
  const stat = read(`/proc/${pid}/stat`) ?? "";
  return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`.trim();
}

/** @param {string} file */
function isHeld(file) {
  const name = read(file) ?? "";
  const [pid = "", start] = name.split(" ");
  if (!(Number(pid) > 0) || !isAlive(Number(pid))) return false;
  return start === undefined || nameOf(Number(pid)) === name;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
