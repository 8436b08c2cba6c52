/** So long (ms) it may go on before it rests, but for the last of it. */
export const TURN_MS = 10;

/** Something to do, that may go on elsewhere. */
type Work = () => Promise<void> | undefined;

/**
 * Work that anybody may cause and that may wait: one after the other, first come, first served, with rests in which the
 * event loop does all else.
 */
export class Turns {
  private readonly waiting: Work[] = [];
  private isBusy = false;
  /** When it will have rested enough for all that it did (ms on the steady clock). */
  private restedAt = 0;

  /** It takes this `share` of the time at most, what goes on elsewhere counted in. */
  constructor(private readonly share: number) {}

  /** Does this now, where nothing waits and no rest is due, else in its turn. Settles as the work does. */
  do(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => settled(work, resolve, reject));
      if (!this.isBusy) void this.go();
    });
  }

  private async go(): Promise<void> {
    this.isBusy = true;
    const restOfTurn = TURN_MS / this.share - TURN_MS;
    for (let work = this.waiting.shift(); work; work = this.waiting.shift()) {
      const began = performance.now();
      const elsewhere = work();
      if (elsewhere) await elsewhere;
      const now = performance.now();
      this.restedAt = Math.max(this.restedAt, began) + (now - began) / this.share;
      const rest = this.restedAt - now;
      if (rest >= restOfTurn) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    this.isBusy = false;
  }
}

/** Does some work, and tells how it went; whatever comes after it goes on. */
function settled(work: Work, resolve: () => void, reject: (thrown: unknown) => void): ReturnType<Work> {
  try {
    const elsewhere = work();
    if (elsewhere) return elsewhere.then(resolve, reject);
    resolve();
  } catch (thrown) {
    reject(thrown);
  }
  return undefined;
}
