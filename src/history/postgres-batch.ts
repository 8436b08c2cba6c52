import type { Parameter } from "./postgres-link.js";
import type { ReadingRecord } from "./records.js";

/** So many columns does `store_readings` take. */
export const COLUMNS = 18;

/** Readings as the columns that `store_readings` takes, in its order. */
export function columnsOf(source: string, readings: readonly ReadingRecord[]): readonly Parameter[] {
  const gaps = readings.flatMap((reading, i) => reading.gaps.map((gap) => ({ ...gap, reading: i + 1 })));
  const changes = readings.flatMap((reading, i) =>
    reading.changes.map((change) => ({ ...change, reading: i + 1 })),
  );
  // Most bookmakers' values have a shape in common: each is sent once.
  const shapes = new Map<string, number>();
  const shapeOf = (shape: string) => {
    const known = shapes.get(shape);
    if (known !== undefined) return known;
    shapes.set(shape, shapes.size + 1);
    return shapes.size;
  };
  const shapesOfChanges = changes.map(({ value }) => value && shapeOf(value.shape));
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
    array(changes.map(({ reading }) => reading)),
    texts(changes.map(({ key }) => key[0])),
    texts(changes.map(({ key }) => key[1])),
    texts(changes.map(({ key }) => key[2])),
    array(shapesOfChanges),
    array(changes.map(({ value }) => value?.numbers ?? null)),
    array(changes.map(({ changedAt }) => changedAt ?? null)),
  ];
}

/**
 * An array as PostgreSQL reads it. JSON's form is the same but for control characters, of which neither numbers nor
 * JSON (a shape) have any; and it is made by far faster than any of ours.
 */
function array(values: readonly (string | number | boolean | null)[]): string {
  return `{${JSON.stringify(values).slice(1, -1)}}`;
}

/** An array of any strings. PostgreSQL has no NUL in texts: it becomes the sign for what cannot be written. */
function texts(values: readonly string[]): string {
  return `{${values.map((text) => `"${storable(text).replace(/["\\]/g, "\\$&")}"`).join()}}`;
}

/** A string as PostgreSQL can keep it. */
export const storable = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, "\ufffd");
