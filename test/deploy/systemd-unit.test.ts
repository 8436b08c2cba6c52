import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import { builtServer } from "../helpers/build.js";
import { closeAfter } from "../helpers/closing.js";
import { freePort, temporaryFolder } from "../helpers/process.js";

const unit = readFileSync(path.resolve(import.meta.dirname, "../../deploy/live-odds.service"), "utf8");

/** The command that the unit's ExecStart= gives to a shell, as systemd reads it: `$$` is a `$`. */
function command(): string {
  const [, words] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit) ?? [];
  if (words === undefined) throw new Error("The unit does not start by way of a shell any more.");
  return words.replaceAll("/usr/bin/node", process.execPath).replaceAll("$$", "$");
}

/** Starts what the unit starts, with these variables. */
function start(env: Record<string, string>) {
  const folder = temporaryFolder();
  symlinkSync(path.join(builtServer(), "dist"), path.join(folder, "dist"));
  const child = spawn("/bin/sh", ["-c", command()], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  closeAfter(child, () => child.kill("SIGKILL"));
  const lines: string[] = [];
  const listening = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (line.includes("Listening on port")) resolve();
    });
  });
  return { child, lines, listening, ended: once(child, "exit").then(([code]) => code) };
}

describe("The systemd unit", () => {
  it("is not started again where a variable is wrong", async () => {
    expect(await start({ LOG_LEVEL: "loud" }).ended).toBe(EXIT.configuration);
    expect(unit).toMatch(new RegExp(`^RestartPreventExitStatus=.*\\b${EXIT.configuration}\\b`, "m"));
  });

  it("starts the server where Redis is away, which says so first; it is the server that gets the signals", async () => {
    const { child, lines, listening, ended } = start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await Promise.race([listening, ended.then((code) => expect.fail(`it ended with ${code}`))]);
    expect(lines.join("\n")).toMatch(/^bad {3}Redis \(REDIS_URL\) does not answer/m);
    child.kill("SIGTERM");
    expect(await ended).toBe(EXIT.done);
  });
});
