import { EngineError } from "./engine.js";

/** SQLite's primary result codes; see sqlite.org/rescode.html. */
const CODE = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  input: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
};
/** The file may be another one now, or its disk: it is to be opened anew. */
const OPENED_ANEW: readonly number[] = [
  CODE.permission,
  CODE.readOnly,
  CODE.input,
  CODE.corrupt,
  CODE.cantOpen,
  CODE.notADatabase,
];

/** What SQLite or the file system said of a history's file, with the file's name and the remedy. */
export function explained(error: unknown, file: string): Error {
  if (error instanceof EngineError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const remedy = remedyOf(error, file);
  return remedy === undefined ? new Error(`${file}: ${said}`) : new EngineError(`${remedy} (${said})`);
}

/** Whether the file has to be opened anew after this. A disk that is full can be made room on. */
export function needsOpening(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && OPENED_ANEW.includes(code);
}

function remedyOf(error: unknown, file: string): string | undefined {
  if (isOfFileSystem(error)) return error.code === "ENOSPC" ? full(file) : unwritable(file);
  switch (resultCode(error)) {
    case CODE.busy:
    case CODE.locked:
      return `${file} is in use by another process: give each its own HISTORY_PATH, or have them share a PostgreSQL with DATABASE_URL`;
    case CODE.full:
      return full(file);
    case CODE.corrupt:
    case CODE.notADatabase:
      return `${file} is damaged, or no SQLite database: move it and ${file}-wal away, and a new one is begun; or put a copy from before in their place`;
    case CODE.permission:
    case CODE.readOnly:
    case CODE.cantOpen:
    case CODE.input:
      return unwritable(file);
    default:
      return undefined;
  }
}

const full = (file: string) =>
  `The disk of ${file} is full: make room on it, lower HISTORY_RETENTION_DAYS, or set HISTORY_PATH to another place`;

const unwritable = (file: string) =>
  `${file} cannot be read and written: look at its disk, and let this user write it and its folder; or set HISTORY_PATH to another place`;

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  // The upper bits tell more closely what it was.
  return error.errcode & 0xff;
}

function isOfFileSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
