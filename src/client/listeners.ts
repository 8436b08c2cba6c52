/**
 * Those who want to hear of something. Each is told everything, in order, whatever another does in its call: throw,
 * come, go, or set off more news.
 */
export class Listeners<T> {
  // Wrapped, so that the same function may be added twice.
  private readonly all = new Set<{ readonly call: (news: T) => void }>();
  private readonly news: T[] = [];

  get size(): number {
    return this.all.size;
  }

  /** Has `listener` called until the returned function is. */
  add(listener: (news: T) => void): () => void {
    const own = { call: listener };
    this.all.add(own);
    return () => void this.all.delete(own);
  }

  clear(): void {
    this.all.clear();
  }

  tell(news: T): void {
    this.news.push(news);
    // Told from within a listener's call: it is this one's turn when all have heard of what is being told.
    if (this.news.length > 1) return;
    for (let next = this.news[0]; this.news.length > 0; this.news.shift(), next = this.news[0]) {
      for (const own of [...this.all]) if (this.all.has(own)) call(own.call, next as T);
    }
  }
}

/** Calls an application's listener. What it throws is reported as an uncaught error, and stops nobody else. */
export function call<T>(listener: (news: T) => void, news: T): void {
  try {
    listener(news);
  } catch (fault) {
    const { reportError } = globalThis as { reportError?(fault: unknown): void };
    if (reportError) reportError(fault);
    else
      queueMicrotask(() => {
        throw fault;
      });
  }
}
