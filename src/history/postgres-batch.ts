import type { Parameter } from "./postgres-link.js";
import type { ReadingRecord } from "./records.js";
import { storable } from "./storable-text.js";

/** So many columns does `store_readings` take. */
export const COLUMNS = 22;

/** Numbers things as they come, from 1 on, each once. */
class Numbered<T> {
  readonly all: T[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(name: string, thing: () => T): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.push(thing());
    this.numbers.set(name, number);
    return number;
  }
}

/** Readings as the columns that `store_readings` takes, in its order. They refer to one another by number, from 1 on. */
export function columnsOf(source: string, readings: readonly ReadingRecord[]): readonly Parameter[] {
  const gaps = readings.flatMap((reading, i) => reading.gaps.map((gap) => ({ ...gap, reading: i + 1 })));
  const sports = new Numbered<string>();
  const events = new Numbered<{ readonly reading: number; readonly key: string }>();
  // Most bookmakers' values of an event have a shape in common: each is sent once.
  const shapes = new Numbered<{ readonly reading: number; readonly event: number; readonly text: string }>();
  const places: number[] = [];
  const eventOf: number[] = [];
  const bookmakers: string[] = [];
  const markets: string[] = [];
  const shapeOf: (number | null)[] = [];
  const numbers: (string | null)[] = [];
  const changedAt: (number | null)[] = [];
  for (const [i, { sport, changes }] of readings.entries()) {
    const reading = i + 1;
    const ofSport = sports.numberOf(sport, () => sport);
    for (const { key: names, value, changedAt: at = null } of changes) {
      const [key, bookmaker, market] = names;
      const event = key === "" ? 0 : events.numberOf(`${ofSport} ${key}`, () => ({ reading, key }));
      places.push(reading);
      eventOf.push(event);
      bookmakers.push(bookmaker);
      markets.push(market);
      shapeOf.push(
        value &&
          shapes.numberOf(`${ofSport} ${event} ${value.shape}`, () => ({
            reading,
            event,
            text: storable(value.shape),
          })),
      );
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
    array(events.all.map(({ reading }) => reading)),
    texts(events.all.map(({ key }) => key)),
    array(shapes.all.map(({ reading }) => reading)),
    array(shapes.all.map(({ event }) => event)),
    array(shapes.all.map(({ text }) => text)),
    array(places),
    array(eventOf),
    texts(bookmakers),
    texts(markets),
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
  if (!/\\[^"\\]|\ufffd/.test(json)) return `{${json.slice(1, -1)}}`;
  return `{${values.map((text) => `"${storable(text).replace(/["\\]/g, "\\$&")}"`).join()}}`;
}
