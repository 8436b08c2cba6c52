/*
 * How the courses of the chart are told apart: by colour, dashes and width.
 */

/** What a course stands out as. */
export type Look = "muted" | "best" | `pin-${number}`;

/** So many colours can be told apart by all eyes, and from the best price's; then they begin again. */
const PIN_COLOURS = 6;

/** Lengths of strokes and of what is between them, in px, by the place among the pinned ones. */
const DASHES: readonly (readonly number[])[] = [
  [7, 3],
  [2, 2],
  [12, 3, 2, 3],
  [4, 4],
  [16, 4],
  [2, 5],
];

/** What a bookmaker's course looks like: the pinned ones each their own way, also where one is the best. */
export function lookOf(bookmaker: string, pinned: readonly string[], best: string | undefined): Look {
  const place = pinned.indexOf(bookmaker);
  if (place >= 0) return `pin-${place}`;
  return bookmaker === best ? "best" : "muted";
}

/** The name of the CSS variable that has the colour of a look. */
export function colourOf(look: Look): string {
  const [kind, place] = look.split("-");
  return kind === "pin" ? `--chart-pin-${(Number(place) % PIN_COLOURS) + 1}` : `--chart-${look}`;
}

/** The dashes of a look; empty for a line without a break. */
export function dashesOf(look: Look): readonly number[] {
  const [kind, place] = look.split("-");
  return kind === "pin" ? (DASHES[Number(place) % DASHES.length] ?? []) : [];
}
