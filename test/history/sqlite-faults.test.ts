import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { EngineError } from "../../src/history/engine.js";
import { SqliteEngine } from "../../src/history/sqlite.js";
import { closeAfter } from "../helpers/closing.js";
import { startSource, temporaryFolder } from "../helpers/process.js";
import { remount, smallDisk } from "../helpers/small-disk.js";
import { change, reading } from "./engine-suite.js";

const NFL = "americanfootball_nfl";

const engineOn = (file: string) =>
  closeAfter(new SqliteEngine(file, "simulated:decimal"), (engine) => engine.close());

const failureOf = async (work: Promise<unknown>) => {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(EngineError);
  return (failure as EngineError).message;
};

/** Readings of 20 games, `from` on, each with a new price of each. */
const readings = (from: number, count: number, size = 0) =>
  Array.from({ length: count }, (_, i) =>
    reading(
      from + i,
      from + i === 0 ? null : from + i - 1,
      Array.from({ length: 20 }, (_, game) =>
        change([`game-${game}`, "", ""], `{"price":"\\u0000"}`, `${i}`.padEnd(size, "9")),
      ),
    ),
  );

it("says so where its folder cannot be made", async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "a-file"), "");
  for (const place of ["/proc/nothing/here", path.join(folder, "a-file/below")]) {
    const file = path.join(place, "history.db");
    expect(await failureOf(engineOn(file).open())).toContain(`${file} cannot be read and written`);
  }
});

it("makes its folder, and those above it", async () => {
  const file = path.join(temporaryFolder(), "one/two/history.db");
  await engineOn(file).open();
  expect(existsSync(file)).toBe(true);
});

it("is one file when it is closed", async () => {
  const folder = temporaryFolder();
  const engine = engineOn(path.join(folder, "history.db"));
  await engine.open();
  await engine.write(readings(0, 5));
  await engine.close();
  expect(readdirSync(folder)).toEqual(["history.db"]);
});

it("leaves a file to the process that has it, and takes it when that one is gone", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const first = engineOn(file);
  await first.open();
  await first.write(readings(0, 1));
  const second = engineOn(file);
  expect(await failureOf(second.open())).toContain(`${file} is in use by another process`);
  expect(await first.write(readings(1, 1))).toEqual(new Set());
  await first.close();
  await second.open();
  expect(await second.write(readings(2, 1))).toEqual(new Set());
});

it("says at once what is wrong while it was just told, and by itself tries again", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const first = engineOn(file);
  await first.open();
  const second = engineOn(file);
  const failures = await Promise.all([second.open(), second.last(NFL), second.size()].map(failureOf));
  for (const failure of failures) expect(failure).toContain("in use by another process");
  await first.close();
  await expect.poll(() => second.last(NFL).catch(() => "not yet"), { interval: 100 }).toBeUndefined();
});

it("says what to do about a file that is no history, and begins one when it is moved away", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  writeFileSync(file, "odds ".repeat(2000));
  const engine = engineOn(file);
  expect(await failureOf(engine.open())).toMatch(`${file} is damaged, or no SQLite database: move it`);
  renameSync(file, `${file}.damaged`);
  await engine.open();
  expect(await engine.last(NFL)).toBeUndefined();
});

it("says so when the file is damaged in its middle, and goes on when a whole one is in its place", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const engine = engineOn(file);
  await engine.open();
  await engine.write(readings(0, 200));
  await engine.close();
  const whole = readFileSync(file);
  const damaged = openSync(file, "r+");
  for (let at = 4096; at < whole.length; at += 4096) writeSync(damaged, "damaged".repeat(500), at);
  const again = engineOn(file);
  expect(await failureOf(again.open().then(() => again.last(NFL)))).toContain(`${file} is damaged`);
  writeFileSync(file, whole);
  await again.open();
  expect((await again.last(NFL))?.series).toHaveLength(20);
});

it("leaves other programs' databases alone, and those of later releases", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const engine = engineOn(file);
  await engine.open();
  await engine.all("pragma user_version = 99", []);
  await engine.close();
  const later = engineOn(file);
  expect(await failureOf(later.open())).toContain(`${file} was written by a newer release`);
  await later.close();
  const bytes = readFileSync(file);
  bytes.fill(0, 68, 72);
  writeFileSync(file, bytes);
  const foreign = engineOn(file);
  expect(await failureOf(foreign.open())).toContain(`${file} is another program's database`);
});

it("says what to do where there is no place for the file", async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "data"), "");
  const file = path.join(folder, "data", "history.db");
  const engine = engineOn(file);
  expect(await failureOf(engine.open())).toContain(`${file} cannot be read and written`);
  rmSync(path.join(folder, "data"));
  await engine.open();
  const onFolder = path.join(folder, "folder.db");
  mkdirSync(onFolder);
  expect(await failureOf(engineOn(onFolder).open())).toContain(`${onFolder} cannot be read and written`);
});

it("says that its file was taken away, and begins a new one", async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "data", "history.db");
  const engine = engineOn(file);
  await engine.open();
  await engine.write(readings(0, 2));
  rmSync(path.join(folder, "data"), { recursive: true });
  expect(await failureOf(engine.write(readings(2, 1)))).toContain(`${file} was moved or deleted`);
  await engine.open();
  expect(await engine.last(NFL)).toBeUndefined();
  // A copy from before is put in its place.
  await engine.write(readings(0, 1));
  await engine.close();
  const copy = readFileSync(file);
  const again = engineOn(file);
  await again.open();
  await again.write(readings(1, 1));
  writeFileSync(`${file}.copy`, copy);
  renameSync(`${file}.copy`, file);
  expect(await failureOf(again.alive(0))).toContain(`${file} was moved or deleted`);
});

it("waits for the right to write", async ({ skip }) => {
  const disk = smallDisk(4);
  if (!disk) return skip("needs the right to mount a small disk");
  const file = path.join(disk, "history.db");
  const engine = engineOn(file);
  remount(disk, "ro");
  expect(await failureOf(engine.open())).toContain(`${file} cannot be read and written`);
  remount(disk, "rw");
  await engine.open();
  await engine.write(readings(0, 1));
  await engine.close();
  remount(disk, "ro");
  const again = engineOn(file);
  expect(await failureOf(again.open())).toContain(`${file} cannot be read and written`);
  remount(disk, "rw");
  await again.open();
  expect(await again.write(readings(1, 1))).toEqual(new Set());
});

it("loses what a full disk has no room for, and goes on when there is room", async ({ skip }) => {
  const disk = smallDisk(4);
  if (!disk) return skip("needs the right to mount a small disk");
  const file = path.join(disk, "data", "history.db");
  const filler = path.join(disk, "filler");
  const engine = engineOn(file);
  await engine.open();
  await engine.write(readings(0, 1));
  writeFileSync(filler, Buffer.alloc(2_500_000));
  let stored = 0;
  const failure = await failureOf(
    (async () => {
      for (let i = 1; i < 1000; i += 1, stored += 1) await engine.write(readings(i, 1, 4000));
    })(),
  );
  expect(failure).toContain(`The disk of ${file} is full: make room`);
  expect(await engine.last(NFL)).toMatchObject({ at: reading(stored, 0).at });
  rmSync(filler);
  await expect.poll(() => engine.write(readings(stored + 1, 1)).catch(String)).toEqual(new Set());
  expect((await engine.last(NFL))?.series).toHaveLength(20);
});

it("has all that it said was stored after kill -9", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const { child, line, lines } = startSource("test/history/endless-writer.ts", { HISTORY_PATH: file });
  await line("stored 50");
  child.kill("SIGKILL");
  await once(child, "close");
  expect(existsSync(`${file}-wal`)).toBe(true);
  const engine = engineOn(file);
  await engine.open();
  const last = await engine.last(NFL);
  const said = Number(lines.at(-1)?.split(" ")[1]);
  expect(last?.at).toBeGreaterThanOrEqual(reading(said, 0).at);
  expect(last?.series).toHaveLength(3);
  expect(new Set(last?.series.map(({ at }) => at))).toEqual(new Set([last?.at]));
  expect(await engine.all("pragma integrity_check", [])).toEqual([{ integrity_check: "ok" }]);
});
