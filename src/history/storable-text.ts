import type { Row } from "./engine.js";

/**
 * Stands before the code of a sign that no database keeps in a text, in four hex digits: NUL, and halves of a pair.
 * Before its own, too: else two keys could become one.
 */
const MARK = "\ufffd";
const UNSTORABLE = /[\0\ufffd]|\p{Surrogate}/gu;
const STORED = /\ufffd([\da-f]{4})/g;

/** A text as every engine can keep it. */
export function storable(text: string): string {
  return text.replace(UNSTORABLE, (sign) => MARK + sign.charCodeAt(0).toString(16).padStart(4, "0"));
}

/** The text that is kept so. */
export function restored(text: string): string {
  if (!text.includes(MARK)) return text;
  return text.replace(STORED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Parameters of a statement, with texts as they are kept. */
export function storableAll<T extends string | number | null>(values: readonly T[]): (T | string)[] {
  return values.map((value) => (typeof value === "string" ? storable(value) : value));
}

/** Rows with the texts that are kept in them; the same rows where they are as they were. */
export function restoredRows(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => {
    const columns = Object.entries(row);
    if (!columns.some(([, value]) => typeof value === "string" && value.includes(MARK))) return row;
    return Object.fromEntries(
      columns.map(([name, value]) => [name, typeof value === "string" ? restored(value) : value]),
    );
  });
}
