/** What the test that is running has opened, with how each is closed. Tests of a worker run one after another. */
const open: (() => unknown)[] = [];

/** Has `close` called after the test, and gives the thing back. */
export function closeAfter<T>(thing: T, close: (thing: T) => unknown): T {
  open.push(() => close(thing));
  return thing;
}

/** Closes what the test has opened, last first; close-after-each.ts has it called after every test of every file. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}
