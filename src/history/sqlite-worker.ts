import { parentPort, workerData } from "node:worker_threads";
import { EngineError } from "./engine.js";
import { SqliteStore } from "./sqlite-store.js";
import type { Answer, Question } from "./sqlite-thread.js";

/* The thread that SQLite works on: one question after the other, until `close`, or until the file is to be opened anew. */

const { file, source } = workerData as { readonly file: string; readonly source: string };
const store = new SqliteStore(file, source);

async function answer({ id, name, texts }: Question): Promise<Answer> {
  try {
    if (name !== "close") await store.open();
    const ask = store[name] as (...words: unknown[]) => unknown;
    return {
      id,
      text: JSON.stringify(
        await ask.apply(
          store,
          texts.map((text) => JSON.parse(text)),
        ),
      ),
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { id, failure, isForOperator: error instanceof EngineError, isLast: !store.isOpen };
  }
}

let turn = Promise.resolve();
let isOver = false;
parentPort?.on("message", (question: Question) => {
  turn = turn.then(async () => {
    if (isOver) return;
    parentPort?.postMessage(await answer(question));
    isOver = !store.isOpen;
    if (isOver) parentPort?.close();
  });
});
