import type { ReadingRecord, SeriesChange } from "./records.js";

/** A change on its way to the thread: event and shape by their place in `texts`; a shape of -1 is no value. */
type PackedChange = readonly [
  event: number,
  bookmaker: string,
  market: string,
  shape: number,
  numbers: string,
  changedAt: number | null,
];

/** A reading on its way to the thread, with each long text in it once: a whole board is a megabyte otherwise. */
export interface PackedReading extends Omit<ReadingRecord, "changes"> {
  readonly texts: readonly string[];
  readonly packed: readonly PackedChange[];
}

/** Makes a reading small. */
export function pack({ changes, ...reading }: ReadingRecord): PackedReading {
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, places.size);
    return places.size - 1;
  };
  const packed = changes.map(
    ({ key: [event, bookmaker, market], value, changedAt }): PackedChange => [
      placeOf(event),
      bookmaker,
      market,
      value ? placeOf(value.shape) : -1,
      value?.numbers ?? "",
      changedAt ?? null,
    ],
  );
  return { ...reading, texts: [...places.keys()], packed };
}

/** The reading as it was. */
export function unpack({ texts, packed, ...reading }: PackedReading): ReadingRecord {
  const textOf = (place: number) => texts[place] as string;
  const changes = packed.map(
    ([event, bookmaker, market, shape, numbers, changedAt]): SeriesChange => ({
      key: [textOf(event), bookmaker, market],
      value: shape === -1 ? null : { shape: textOf(shape), numbers },
      ...(changedAt === null ? {} : { changedAt }),
    }),
  );
  return { ...reading, changes };
}
