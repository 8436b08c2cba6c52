import type { EncodedValue } from "./records.js";

/** Stands in a shape where a number stood; a text that begins so gets one more in front. */
const NUMBER = "\u0000";

/** Parts a value of JSON into its shape and its numbers, which are joined by blanks; what JSON cannot say goes as JSON has it go. */
export function encode(value: unknown): EncodedValue {
  const numbers: number[] = [];
  const shape = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "number") {
      if (!Number.isFinite(item)) return null;
      numbers.push(item);
      return NUMBER;
    }
    return typeof item === "string" && item.startsWith(NUMBER) ? NUMBER + item : item;
  });
  return { shape, numbers: numbers.join(" ") };
}

/** The value that was encoded, as a client would have read it from JSON. */
export function decode({ shape, numbers }: EncodedValue): unknown {
  const given = numbers.split(" ");
  let next = 0;
  return JSON.parse(shape, (_, item: unknown) => {
    if (typeof item !== "string" || !item.startsWith(NUMBER)) return item;
    if (item !== NUMBER) return item.slice(NUMBER.length);
    next += 1;
    return Number(given[next - 1]);
  });
}
