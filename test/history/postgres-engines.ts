import { PostgresEngine } from "../../src/history/postgres.js";
import { closeAfter } from "../helpers/closing.js";
import { change, reading } from "./engine-suite.js";

/** An engine at this address; closed after the test. */
export const engineAt = (url: string, verify = true) =>
  closeAfter(new PostgresEngine(url, verify, "simulated:decimal"), (engine) => engine.close());

export const { sport: NFL, at: START } = reading(0, null);
/** A board of so many markets at once. */
export const large = (markets: number) =>
  reading(
    0,
    null,
    Array.from({ length: markets }, (_, i) =>
      change(["game-1", `bookmaker-${i}`, "h2h"], `{"of":"${i}"}`, "1.9"),
    ),
  );

/** What a promise rejects with. */
export const failure = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail.");
};
