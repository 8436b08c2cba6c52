// @ts-check
import { existsSync, readFileSync, statSync } from "node:fs";

/** How many lines of a log are worth reading at once, and how long one may be. */
const LINES = 6;
const LONGEST = 400;

/** @typedef {{ pm_out_log_path: string, pm_err_log_path: string }} Logs */

/**
 * How far PM2's log files of a process go by now, in bytes.
 * @param {Logs} logs
 */
export function sizesOf({ pm_out_log_path, pm_err_log_path }) {
  const files = [pm_out_log_path, pm_err_log_path];
  return new Map(files.map((file) => [file, existsSync(file) ? statSync(file).size : 0]));
}

/**
 * What a process said since then that needs a look: warnings, errors, and whatever is no line of the log.
 * @param {Logs} logs
 * @param {ReadonlyMap<string, number>} sizes
 * @returns {string[]}
 */
export function linesSince({ pm_out_log_path, pm_err_log_path }, sizes) {
  const lines = [pm_out_log_path, pm_err_log_path]
    .filter((file) => existsSync(file))
    .flatMap((file) =>
      readFileSync(file)
        .subarray(sizes.get(file) ?? 0)
        .toString("utf8")
        .split("\n"),
    )
    .flatMap(readable)
    .map((line) => line.slice(0, LONGEST));
  return [...new Set(lines)].slice(-LINES);
}

/**
 * @param {string} line
 * @returns {string[]}
 */
function readable(line) {
  if (line.trim() === "") return [];
  try {
    const { level, message, reason, error } = JSON.parse(line);
    if (level !== "error" && level !== "warn") return [];
    return [[`${level}: ${message}`, reason ?? error].filter(Boolean).join(" ")];
  } catch {
    return [line];
  }
}
