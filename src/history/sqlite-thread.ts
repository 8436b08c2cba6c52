import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { EngineError } from "./engine.js";
import type { SqliteStore } from "./sqlite-store.js";

/** What the thread can be asked for. */
export type Questions = Pick<
  SqliteStore,
  "open" | "write" | "last" | "alive" | "livedUntil" | "all" | "trim" | "size" | "close"
>;

/** A question to the thread. JSON, as that costs this thread less than a structured clone. */
export interface Question {
  readonly id: number;
  readonly name: keyof Questions;
  readonly argumentsText: string;
}

/** Its answer: JSON, or why there is none. */
export type Answer =
  | { readonly id: number; readonly text: string | undefined }
  | { readonly id: number; readonly failure: string; readonly isForOperator: boolean };

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The thread that SQLite works on. One that died is begun anew with the next question. */
export class SqliteThread {
  private worker: Worker | undefined;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private isClosed = false;

  constructor(
    private readonly file: string,
    private readonly source: string,
  ) {}

  /** Asks the store on the thread. */
  ask<Name extends keyof Questions>(
    name: Name,
    ...words: Parameters<Questions[Name]>
  ): Promise<Awaited<ReturnType<Questions[Name]>>> {
    if (this.isClosed) return Promise.reject(new EngineError(`${this.file} is closed`));
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      this.asked.set(id, {
        resolve: (answer) => resolve(answer as Awaited<ReturnType<Questions[Name]>>),
        reject,
      });
      const question: Question = { id, name, argumentsText: JSON.stringify(words) };
      this.running().postMessage(question);
    });
  }

  /** Closes the store and ends the thread. By a message: a busy one that is terminated takes the process with it. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    const { worker } = this;
    if (!worker) {
      this.isClosed = true;
      return;
    }
    const ended = once(worker, "exit");
    const closed = this.ask("close");
    this.isClosed = true;
    await Promise.allSettled([closed, ended]);
    await closed;
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(entry(), {
      name: "history",
      workerData: { file: this.file, source: this.source },
      // Node 22 warns of its SQLite, at each start.
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    this.worker = worker;
    worker.on("message", (answer: Answer) => this.answered(answer));
    let why = "it ended";
    worker.on("error", (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => {
      this.worker = undefined;
      const lost = [...this.asked.values()];
      this.asked.clear();
      for (const { reject } of lost) reject(new EngineError(`The thread of ${this.file} is gone: ${why}`));
    });
    return worker;
  }

  private answered(answer: Answer): void {
    const asked = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    if ("failure" in answer) {
      const Failure = answer.isForOperator ? EngineError : Error;
      asked?.reject(new Failure(answer.failure));
    } else {
      asked?.resolve(answer.text === undefined ? undefined : JSON.parse(answer.text));
    }
  }
}

/** The thread's file: built, or from the sources (tests, `npm run dev`), which tsx reads there as well. */
function entry(): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL("./sqlite-worker.js", import.meta.url);
  const source = new URL("./sqlite-worker.ts", import.meta.url).href;
  const script = `import { register } from ${JSON.stringify(import.meta.resolve("tsx/esm/api"))};
    register();
    await import(${JSON.stringify(source)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}
