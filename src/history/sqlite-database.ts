import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { EngineError } from "./engine.js";
import { MIGRATIONS } from "./migrations.js";

type Parameter = string | number | null;
type Columns = Record<string, string | number | null>;

/** A prepared statement, as `node:sqlite` has it. */
export interface Statement {
  all(...parameters: Parameter[]): Columns[];
  get(...parameters: Parameter[]): Columns | undefined;
  run(...parameters: Parameter[]): { readonly changes: number | bigint };
}

/** As much of `node:sqlite`'s `DatabaseSync` as is used; Node 20 has no types for it, and no such module. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Sqlite {
  readonly DatabaseSync: new (file: string) => Database;
}

/** Node's own comes first; the package has the same interface, and is for Node below 22.13. */
const MODULES = ["node:sqlite", "@photostructure/sqlite"];

/** Marks the files that are ours: "odds". */
const APPLICATION = 0x6f646473;

/** SQLite itself. */
export async function loadSqlite(): Promise<Sqlite> {
  for (const name of MODULES) {
    try {
      return (await import(name)) as Sqlite;
    } catch {
      // The next one may be there.
    }
  }
  throw new EngineError(
    "There is no SQLite: use Node 22.13 or newer, or have npm install the optional package @photostructure/sqlite; HISTORY=off does without",
  );
}

/** Makes a folder and those above it. Node's own `recursive` comes to no end where the system refuses with ENOENT, as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

/** Opens the file of a history for this process alone, makes it where there is none, and brings its tables up to date. */
export function openDatabase({ DatabaseSync }: Sqlite, file: string): Database {
  makeFolder(path.dirname(path.resolve(file)));
  const database = new DatabaseSync(file);
  try {
    // Exclusive before WAL: then there is no shared memory beside it, and a second process is refused.
    database.exec("pragma locking_mode = exclusive");
    checkOwner(database, file);
    database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma cache_size = -16000;
      pragma temp_store = memory;
      pragma journal_size_limit = 16000000;
      begin immediate;
      commit;
    `);
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkOwner(database: Database, file: string): void {
  const owner = numberOf(database, "pragma application_id");
  if (owner === APPLICATION) return;
  if (owner === 0 && numberOf(database, "select count(*) from sqlite_master") === 0) return;
  throw new EngineError(
    `${file} is another program's database: set HISTORY_PATH to a file of the history's own`,
  );
}

function migrate(database: Database, file: string): void {
  const version = numberOf(database, "pragma user_version");
  if (version > MIGRATIONS.length) {
    throw new EngineError(
      `${file} was written by a newer release of this server: run that one, or set HISTORY_PATH to another file`,
    );
  }
  for (const [i, { sqlite }] of MIGRATIONS.entries()) {
    if (i < version) continue;
    inTransaction(database, () => {
      database.exec(`${sqlite}; pragma user_version = ${i + 1}; pragma application_id = ${APPLICATION}`);
    });
  }
}

/** Does work in one transaction: all of it, or nothing where it throws. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (error) {
    try {
      database.exec("rollback");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error;
  }
}

function numberOf(database: Database, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  return Number(value);
}
