import { parentPort, workerData } from "node:worker_threads";
import { EngineError } from "./engine.js";
import { SqliteStore } from "./sqlite-store.js";
import type { Answer, Question } from "./sqlite-thread.js";

/* The thread that SQLite works on: one question after the other; `close` is the last. */

const { file, source } = workerData as { readonly file: string; readonly source: string };
const store = new SqliteStore(file, source);

async function answer({ id, name, argumentsText }: Question): Promise<Answer> {
  try {
    // What went wrong before may have closed it.
    if (name !== "close") await store.open();
    const ask = store[name] as (...words: unknown[]) => unknown;
    return { id, text: JSON.stringify(await ask.apply(store, JSON.parse(argumentsText))) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, failure: message, isForOperator: error instanceof EngineError };
  }
}

let turn = Promise.resolve();
parentPort?.on("message", (question: Question) => {
  turn = turn.then(async () => {
    parentPort?.postMessage(await answer(question));
    if (question.name === "close") parentPort?.close();
  });
});
