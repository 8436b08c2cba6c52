import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { LogFile } from "../src/log-file.js";
import { TEST_KEY } from "./helpers/fake-odds-api.js";
import { startProcess, startSource, temporaryFolder } from "./helpers/process.js";

const SPEAKER = "test/helpers/speaker.ts";

/** Has a process of its own say a few lines into a log, and gives back its stdout and the lines of its files. */
async function speak(env: Record<string, string>) {
  const speaker = startSource(SPEAKER, env);
  const { code, stderr } = await speaker.ended;
  const errors = stderr === "" ? [] : stderr.trimEnd().split("\n");
  return { lines: speaker.lines, code, errors };
}

const records = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line));
const messages = (lines: readonly string[]) => records(lines).map(({ message }) => message);
const linesOf = (...file: string[]) =>
  readFileSync(path.join(...file), "utf8")
    .trimEnd()
    .split("\n");

/** Of a log file that is to work all the time. */
const onlyWorks = {
  failed: (error: Error) => expect.fail(error.message),
  recovered: () => expect.fail("it had not failed"),
};

/** A folder that cannot be: below a regular file, which stops even root. */
function impossibleFolder(): string {
  const file = path.join(temporaryFolder(), "a-file");
  writeFileSync(file, "");
  return path.join(file, "logs");
}

/** A folder whose log files open well and then find the disk full. */
function fullFolder(): string {
  const folder = temporaryFolder();
  for (const name of ["combined.log", "error.log"]) symlinkSync("/dev/full", path.join(folder, name));
  return folder;
}

describe("the log", () => {
  it("is JSON lines with time, level, message and fields, on stdout and in LOG_DIR, without the key", async () => {
    const folder = path.join(temporaryFolder(), "made", "for-it");
    const { lines, errors } = await speak({ LOG_DIR: folder, THE_ODDS_API_KEY: TEST_KEY });
    expect(messages(errors)).toEqual(["a person must act"]);
    expect(records(lines)).toEqual([
      { level: "info", message: "all is well", sport: "basketball_nba", timestamp: expect.any(String) },
      { level: "warn", message: "it heals by itself", timestamp: expect.any(String) },
      { level: "error", message: "a person must act", timestamp: expect.any(String) },
      {
        level: "info",
        message: "a URL with ?apiKey=[redacted]",
        nested: [{ key: "[redacted]" }],
        timestamp: expect.any(String),
      },
    ]);
    expect(new Date(String(records(lines)[0]?.timestamp)).toISOString()).toBe(records(lines)[0]?.timestamp);
    expect(linesOf(folder, "combined.log")).toEqual(lines);
    expect(messages(linesOf(folder, "error.log"))).toEqual(["a person must act"]);
  });

  it("is readable on a terminal, without the key there either", async () => {
    const { lines, errors } = await speak({ TERMINAL: "1", THE_ODDS_API_KEY: TEST_KEY });
    expect(errors).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}all is well \{"sport":"basketball_nba"\}$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}it heals by itself$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} ERROR a person must act$/),
      expect.stringMatching(
        / INFO {2}a URL with \?apiKey=\[redacted\] \{"nested":\[\{"key":"\[redacted\]"\}\]\}$/,
      ),
    ]);
  });

  it("says less when LOG_LEVEL is higher", async () => {
    const { lines } = await speak({ LOG_LEVEL: "error" });
    expect(messages(lines)).toEqual(["a person must act"]);
  });

  it.each([
    ["cannot be made", impossibleFolder],
    ["is on a full disk", fullFolder],
  ])("reports a folder that %s once for each file and says the rest on stdout", async (_, folder) => {
    const { lines, code, errors } = await speak({ LOG_DIR: folder(), LINES: "5000" });
    expect(code).toBe(0);
    expect(errors).toEqual(lines.filter((line) => line.includes('"level":"error"')));
    expect(messages(lines).filter((message) => String(message).includes("cannot be written"))).toEqual([
      expect.stringMatching(/^Log file combined\.log cannot be written: E.*it is tried again every 60 s\.$/),
      expect.stringMatching(/^Log file error\.log cannot be written: E.*it is tried again every 60 s\.$/),
    ]);
    expect(messages(lines).filter((message) => String(message).startsWith("line "))).toHaveLength(5000);
  });

  it("goes without one file and not the other", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "combined.log"));
    const { lines } = await speak({ LOG_DIR: folder });
    expect(messages(lines).filter((message) => /cannot be written/.test(String(message)))).toHaveLength(1);
    expect(messages(linesOf(folder, "error.log"))).toContain("a person must act");
  });

  it("does not keep the server from working where it cannot be written", async () => {
    const server = startProcess({ PORT: "0", HOST: "127.0.0.1", LOG_DIR: impossibleFolder() });
    const port = await server.listening();
    await server.line("combined.log cannot be written");
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(response.status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(messages(server.lines).at(-1)).toBe("Stopped");
  });
});

describe("a log file", () => {
  it("is rotated before it grows past its limit, and the oldest goes", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "combined.log");
    const log = new LogFile(file, { maxBytes: 30, files: 3 }, onlyWorks);
    for (let i = 0; i < 10; i++) log.write(`line ${i} ...\n`);
    expect(readdirSync(folder).sort()).toEqual(["combined.log", "combined.log.1", "combined.log.2"]);
    expect(linesOf(`${file}.2`)).toEqual(["line 4 ...", "line 5 ..."]);
    expect(linesOf(`${file}.1`)).toEqual(["line 6 ...", "line 7 ..."]);
    expect(linesOf(file)).toEqual(["line 8 ...", "line 9 ..."]);
  });

  it("counts what an earlier run has left in it", () => {
    const file = path.join(temporaryFolder(), "combined.log");
    writeFileSync(file, "from the run before\n");
    const log = new LogFile(file, { maxBytes: 30, files: 2 }, onlyWorks);
    log.write("from this run\n");
    expect(linesOf(`${file}.1`)).toEqual(["from the run before"]);
    expect(linesOf(file)).toEqual(["from this run"]);
  });

  it("takes a line that is longer than its limit", () => {
    const file = path.join(temporaryFolder(), "combined.log");
    const log = new LogFile(file, { maxBytes: 10, files: 2 }, onlyWorks);
    log.write("a line that is longer than ten bytes\n");
    expect(linesOf(file)).toEqual(["a line that is longer than ten bytes"]);
  });

  it("whose folder is taken away is made anew with it", async () => {
    const folder = path.join(temporaryFolder(), "logs");
    const file = path.join(folder, "combined.log");
    const told: unknown[] = [];
    const listener = {
      failed: ({ message }: Error) => void told.push(message.split(":")[0]),
      recovered: (lost: number) => void told.push(lost),
    };
    const log = new LogFile(file, { maxBytes: 1000, files: 2 }, listener, 50);
    log.write("before\n");
    rmSync(folder, { recursive: true });
    log.write("lost\n");
    await expect
      .poll(() => {
        log.write("and again\n");
        return told.length;
      })
      .toBe(2);
    expect(told).toEqual(["ENOENT", expect.any(Number)]);
    expect(linesOf(file)).toEqual(["and again"]);
  });

  it("that could not be written is written again once its disk has room, and says what it lost", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "combined.log");
    symlinkSync("/dev/full", file);
    const told: unknown[] = [];
    const listener = {
      failed: ({ message }: Error) => void told.push(message.split(":")[0]),
      recovered: (lost: number) => void told.push(lost),
    };
    const log = new LogFile(file, { maxBytes: 1000, files: 2 }, listener, 50);
    for (let i = 0; i < 3; i++) log.write(`line ${i}\n`);
    rmSync(file);
    log.write("too soon\n");
    expect(told).toEqual(["ENOSPC"]);
    await expect
      .poll(() => {
        log.write("and again\n");
        return told.length;
      })
      .toBe(2);
    expect(told[1]).toBeGreaterThanOrEqual(4);
    expect(linesOf(file)).toEqual(["and again"]);
  });
});
