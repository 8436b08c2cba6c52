import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** Where Debian's package has its library, whatever the machine's architecture. */
const found = readdirSync("/usr/lib", { withFileTypes: true })
  .map(({ name }) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
  .find((file) => spawnSync("test", ["-e", file]).status === 0);

if (!found && process.env.CI) throw new Error("faketime is not installed: .ci/run installs it.");

/** Whether clocks can be set here for single processes. */
export const hasFaketime = found !== undefined;

/** The environment of a process whose clock is ahead by so many seconds; its monotonic clock is the machine's. */
export function clockAhead(seconds: number): Record<string, string> {
  if (!found || seconds === 0) return {};
  return {
    LD_PRELOAD: found,
    FAKETIME: `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}
