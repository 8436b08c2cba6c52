import { AsyncLocalStorage } from "node:async_hooks";
import type { ExpectStatic } from "vitest";

type Closers = (() => unknown)[];

/** The test that calls, with what it has opened: tests of a file may run side by side. */
const running = new AsyncLocalStorage<{ readonly open: Closers; readonly expect: ExpectStatic }>();
/** What was opened outside of any test, in a `beforeAll`. */
const ofFile: Closers = [];

/** Has `close` called after the test, or after the file where no test runs, and gives the thing back. */
export function closeAfter<T>(thing: T, close: (thing: T) => unknown): T {
  (running.getStore()?.open ?? ofFile).push(() => close(thing));
  return thing;
}

/** The `expect` of the test that calls: of tests side by side `expect.poll` must know which. */
export const ownExpect = (): ExpectStatic | undefined => running.getStore()?.expect;

/** Runs a test, and closes what it has opened, last first. */
export async function runAndClose(
  run: () => Promise<void>,
  { expect }: { expect: ExpectStatic },
): Promise<void> {
  const open: Closers = [];
  await running.run({ open, expect }, run);
  await closeAll(open);
}

/** Closes what a file has opened outside of its tests. */
export const closeFile = (): Promise<void> => closeAll(ofFile);

async function closeAll(open: Closers): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}
