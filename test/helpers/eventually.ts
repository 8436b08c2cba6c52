import { expect } from "vitest";

/** Expects of what `look` gives that it comes to hold, on a busy machine too. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 15_000 });
