import { Worker } from "node:worker_threads";
import { nativeWork } from "../native-work.js";
import { EngineError } from "./engine.js";
import type { SqliteStore } from "./sqlite-store.js";

/** What the thread can be asked for. */
export type Questions = Pick<
  SqliteStore,
  "open" | "write" | "last" | "alive" | "livedUntil" | "all" | "trim" | "size" | "close"
>;

/** A question to the thread, each argument as JSON: that costs this side less than a structured clone. */
export interface Question {
  readonly id: number;
  readonly name: keyof Questions;
  readonly texts: readonly string[];
}

/** Its answer: JSON, or why there is none. */
export type Answer =
  | { readonly id: number; readonly text: string | undefined }
  | {
      readonly id: number;
      readonly failure: string;
      readonly isForOperator: boolean;
      readonly isLast: boolean;
    };

interface Asked {
  readonly question: Question;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A file that could not be opened is tried again after this time (ms), or when it is to be opened. */
const RETRY_MS = 1_000;

/**
 * The thread that SQLite works on. It ends where the file has to be opened anew, as its statements hold on to the old
 * one for as long as it lives; the next one begins with the questions that are left.
 */
export class SqliteThread {
  private worker: Worker | undefined;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private isClosed = false;
  private failed: { readonly error: Error; readonly at: number } | undefined;
  private gone: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly source: string,
  ) {}

  /** Asks the store on the thread. */
  ask<Name extends keyof Questions>(
    name: Name,
    ...words: Parameters<Questions[Name]>
  ): Promise<Awaited<ReturnType<Questions[Name]>>> {
    return this.askTexts(
      name,
      words.map((word) => JSON.stringify(word)),
    );
  }

  /** Asks it with arguments that are JSON already. */
  askTexts<Name extends keyof Questions>(
    name: Name,
    texts: readonly string[],
  ): Promise<Awaited<ReturnType<Questions[Name]>>> {
    if (this.isClosed) return Promise.reject(new EngineError(`${this.file} is closed`));
    return this.send(name, texts);
  }

  /** Closes the store and ends the thread. By a message: a busy one that is terminated takes the process with it. */
  async close(): Promise<void> {
    if (!this.isClosed && this.worker) {
      this.isClosed = true;
      await this.send("close", []);
    }
    this.isClosed = true;
    await this.gone;
  }

  private send<Name extends keyof Questions>(
    name: Name,
    texts: readonly string[],
  ): Promise<Awaited<ReturnType<Questions[Name]>>> {
    const { failed } = this;
    const isTried =
      name === "open" || name === "close" || !failed || performance.now() - failed.at >= RETRY_MS;
    if (!isTried) return Promise.reject(failed.error);
    return new Promise((resolve, reject) => {
      const question: Question = { id: ++this.lastId, name, texts };
      this.asked.set(question.id, {
        question,
        resolve: (answer) => resolve(answer as Awaited<ReturnType<Questions[Name]>>),
        reject,
      });
      this.worker ??= this.begun();
      nativeWork.add(this);
      this.worker.postMessage(question);
    });
  }

  private begun(): Worker {
    const worker = new Worker(entry(), {
      name: "history",
      workerData: { file: this.file, source: this.source },
      // Node 22 warns of its SQLite, at each start.
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    let why: string | undefined = "it ended";
    worker.on("message", (answer: Answer) => {
      if ("failure" in answer && answer.isLast) why = undefined;
      this.answered(answer);
    });
    worker.on("error", (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    this.gone = new Promise((resolve) => {
      worker.on("exit", () => {
        this.ended(why);
        resolve();
      });
    });
    return worker;
  }

  /** The thread is gone: after a failure others may have been asked that it has not answered. */
  private ended(why: string | undefined): void {
    this.worker = undefined;
    const left = [...this.asked.values()];
    nativeWork.delete(this);
    if (left.length === 0) return;
    if (why === undefined) {
      this.worker = this.begun();
      nativeWork.add(this);
      for (const { question } of left) this.worker.postMessage(question);
      return;
    }
    this.asked.clear();
    for (const { reject } of left) reject(new EngineError(`The thread of ${this.file} is gone: ${why}`));
  }

  private answered(answer: Answer): void {
    const asked = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    if (this.asked.size === 0) nativeWork.delete(this);
    if ("failure" in answer) {
      const error: Error = answer.isForOperator ? new EngineError(answer.failure) : new Error(answer.failure);
      if (answer.isLast) this.failed = { error, at: performance.now() };
      asked?.reject(error);
    } else {
      this.failed = undefined;
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
