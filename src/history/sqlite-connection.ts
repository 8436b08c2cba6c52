import { statSync } from "node:fs";
import { EngineError } from "./engine.js";
import { type Database, inTransaction, loadSqlite, openDatabase, type Statement } from "./sqlite-database.js";
import { explained, needsOpening } from "./sqlite-errors.js";

/** So many statements are kept prepared, of those used last. */
const STATEMENTS = 100;

/** The open file: its statements and transactions. Every error says what to do; after those of the file it is closed. */
export class SqliteConnection {
  private database: Database | undefined;
  /** Which file it is that was opened, by the file system. */
  private inode = 0;
  private readonly statements = new Map<string, Statement>();

  /** `forget` is called where what was read may no longer be so: after what was rolled back, and at the end. */
  constructor(
    private readonly file: string,
    private readonly forget: () => void,
  ) {}

  /** Whether it is open; no more after a failure that was the file's. */
  get isOpen(): boolean {
    return this.database !== undefined;
  }

  /** Opens the file; `opened` reads what is needed at once. */
  async open(opened: () => void): Promise<void> {
    if (this.database) return;
    const sqlite = await loadSqlite();
    this.attempt(() => {
      this.database = openDatabase(sqlite, this.file);
      this.inode = inodeOf(this.file);
      opened();
    });
  }

  /** A statement, prepared once. */
  prepared(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.opened.prepare(sql);
    const [oldest] = this.statements.keys();
    if (this.statements.size >= STATEMENTS && oldest !== undefined) this.statements.delete(oldest);
    this.statements.set(sql, statement);
    return statement;
  }

  /** Does work that only reads. */
  attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (needsOpening(error)) this.letGo();
      throw explained(error, this.file);
    }
  }

  /** Does work that writes: all of it, or nothing where it throws. */
  transaction<T>(work: () => T): T {
    return this.attempt(() => {
      this.checkPlace();
      try {
        return inTransaction(this.opened, work);
      } catch (error) {
        this.forget();
        throw error;
      }
    });
  }

  /** Closes the file; nothing where it is not open. */
  close(): void {
    const { database } = this;
    this.database = undefined;
    this.statements.clear();
    this.forget();
    database?.close();
  }

  private get opened(): Database {
    if (!this.database) throw new EngineError(`${this.file} is not open`);
    return this.database;
  }

  /** SQLite would go on writing to a file that nobody finds any more. */
  private checkPlace(): void {
    if (inodeOf(this.file) === this.inode) return;
    this.letGo();
    throw new EngineError(
      `${this.file} was moved or deleted while it was open: what is there now is taken, or a new one begun`,
    );
  }

  private letGo(): void {
    try {
      this.close();
    } catch {
      // It could not be written any more.
    }
  }
}

const inodeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
