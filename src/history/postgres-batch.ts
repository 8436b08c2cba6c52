import type { Parameter } from "./postgres-link.js";
import type { ReadingRecord } from "./records.js";

/** So many columns does `store_readings` take. */
export const COLUMNS = 18;

/** Readings as the columns that `store_readings` takes, in its order. */
export function columnsOf(source: string, readings: readonly ReadingRecord[]): readonly Parameter[] {
  const gaps = readings.flatMap((reading, i) => reading.gaps.map((gap) => ({ ...gap, reading: i + 1 })));
  // Most bookmakers' values have a shape in common: each is sent once.
  const shapes = new Map<string, number>();
  const places: number[] = [];
  const keys: [string[], string[], string[]] = [[], [], []];
  const shapeOf: (number | null)[] = [];
  const numbers: (string | null)[] = [];
  const changedAt: (number | null)[] = [];
  for (const [i, { changes }] of readings.entries()) {
    for (const { key, value, changedAt: at = null } of changes) {
      places.push(i + 1);
      for (const [level, name] of key.entries()) keys[level]?.push(name);
      const known = value && shapes.get(value.shape);
      if (value && known === undefined) shapes.set(value.shape, shapes.size + 1);
      shapeOf.push(known === undefined ? shapes.size : known);
      numbers.push(value?.numbers ?? null);
      changedAt.push(at);
    }
  }
  return [
    source,
    texts(readings.map(({ sport }) => sport)),
    array(readings.map(({ at }) => at)),
    array(readings.map(({ everyMs }) => everyMs)),
    array(readings.map(({ follows }) => follows)),
    array(readings.map(({ isFresh }) => isFresh)),
    array(gaps.map(({ reading }) => reading)),
    array(gaps.map(({ from }) => from)),
    array(gaps.map(({ to }) => to)),
    texts(gaps.map(({ reason }) => reason)),
    array([...shapes.keys()]),
    array(places),
    ...keys.map(texts),
    array(shapeOf),
    array(numbers),
    array(changedAt),
  ];
}

/**
 * An array as PostgreSQL reads it. JSON's form is the same but for control characters, of which neither numbers nor
 * JSON (a shape) have any; and it is made by far faster than any of ours.
 */
function array(values: readonly (string | number | boolean | null)[]): string {
  return `{${JSON.stringify(values).slice(1, -1)}}`;
}

/** An array of any strings. */
function texts(values: readonly string[]): string {
  const json = JSON.stringify(values);
  if (!/\\[^"\\]/.test(json)) return `{${json.slice(1, -1)}}`;
  return `{${values.map((text) => `"${storable(text).replace(/["\\]/g, "\\$&")}"`).join()}}`;
}

/** A string as PostgreSQL can keep it: it has no NUL in texts. That becomes the sign for what cannot be written. */
export const storable = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, "\ufffd");
