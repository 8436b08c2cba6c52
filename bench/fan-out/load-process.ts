import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { CORES, start } from "./child.js";
import type { Answer, Call, Connected, Order, Seen, Testimony } from "./shapes.js";

/** The load generator, in a process of its own. */
export class Load {
  private readonly child: ChildProcess;
  private waiting = new Map<string, (answer: Answer) => void>();

  constructor() {
    this.child = start(
      [process.execPath, "--import", import.meta.resolve("tsx"), path.join(import.meta.dirname, "load.ts")],
      { core: CORES?.load, ipc: true },
    );
    this.child.on("message", (answer: Answer) => {
      this.waiting.get(answer.answers)?.(answer);
      this.waiting.delete(answer.answers);
    });
    this.child.once("exit", (code) => {
      if (code !== null) throw new Error(`The load generator ended with ${code}.`);
    });
  }

  /** Connects clients; resolves when all are up to speed, or cannot be. */
  connect(call: Call, count: number, witnesses: number, perSecond = 2000): Promise<Connected> {
    return this.ask<Connected>({ do: "connect", call, count, perSecond, witnesses }, "connect");
  }

  /** Counts what comes in so many ticks; `began` is called when it begins, between two ticks. */
  window(tickMs: number, ticks: number, began: () => void): Promise<Seen> {
    this.waiting.set("began", began);
    return this.ask<Seen>({ do: "window", tickMs, ticks }, "window");
  }

  testify(): Promise<Testimony> {
    return this.ask<Testimony>({ do: "testify" }, "testify");
  }

  async hangUp(): Promise<void> {
    await this.ask({ do: "hangUp" }, "hangUp");
  }

  private ask<T extends Answer>(order: Order, answers: T["answers"]): Promise<T> {
    return new Promise((resolve) => {
      this.waiting.set(answers, (answer) => resolve(answer as T));
      this.child.send(order);
    });
  }
}
