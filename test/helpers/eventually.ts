import { expect } from "vitest";
import { ownExpect } from "./closing.js";

/** Expects of what `look` gives that it comes to hold, on a busy machine too. */
export const eventually = <T>(look: () => T) => (ownExpect() ?? expect).poll(look, { timeout: 15_000 });
