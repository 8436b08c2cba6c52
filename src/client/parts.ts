import type { ClientBoard } from "./apply-delta.js";
import { Listeners } from "./listeners.js";
import type { SportListener, SportState } from "./state.js";
import { covers, type GivenOnly, keyOf, type Sieve, sieveOf, unionOf, View } from "./views.js";

/** One part of a sport, and what was last made of a board for it. */
export class Part {
  private readonly view: View;
  private made: { readonly of: ClientBoard; readonly board: ClientBoard } | undefined;

  constructor(readonly sieve: Sieve) {
    this.view = new View(sieve);
  }

  /** What it has of a board; null where that is of a view, `held`, which lacks some of it. */
  of(board: ClientBoard, held: Sieve): ClientBoard | null {
    if (!covers(held, this.sieve)) return null;
    if (this.sieve === undefined) return board;
    if (this.made?.of !== board)
      this.made = { of: board, board: { ...board, odds: this.view.of(board.odds) } };
    return this.made.board;
  }
}

/** A part that somebody watches, and what they were last told. */
interface Watched {
  readonly part: Part;
  readonly listeners: Listeners<SportState>;
  told: SportState;
}

/** The parts of a sport that are watched, each by all listeners that look at the same. */
export class Parts {
  private readonly watched = new Map<string, Watched>();
  /** Parts that were asked for since the last state was told: the same object each time, which is taken on when watched. */
  private readonly seen = new Map<string, Watched>();

  /** `stateOf` gives a part's state of now. */
  constructor(private readonly stateOf: (part: Part) => SportState) {}

  /** Whether anybody listens. */
  get isWatched(): boolean {
    return this.watched.size > 0;
  }

  /** The smallest view that holds all of them; undefined for the whole board. */
  get union(): Sieve {
    return unionOf([...this.watched.values()].map(({ part }) => part.sieve));
  }

  /** Has `listener` told of its part, until `stop` is called. `state` is that part's, as it is now. */
  add(listener: SportListener, only: GivenOnly | undefined): { state: SportState; stop: () => void } {
    const { key, watched } = this.find(only);
    this.watched.set(key, watched);
    const leave = watched.listeners.add(listener);
    const stop = () => {
      leave();
      if (watched.listeners.size === 0 && this.watched.get(key) === watched) this.watched.delete(key);
    };
    return { state: watched.told, stop };
  }

  /** A part's state as last told, whether anybody watches it or not. */
  peek(only: GivenOnly | undefined): SportState {
    return this.find(only).watched.told;
  }

  /** Nobody is told any more. */
  clear(): void {
    for (const { listeners } of this.watched.values()) listeners.clear();
    this.watched.clear();
  }

  /** Tells each listener its part's state. */
  tell(): void {
    this.seen.clear();
    // All first: a listener may ask for another part.
    for (const watched of this.watched.values()) watched.told = this.stateOf(watched.part);
    for (const { listeners, told } of [...this.watched.values()]) listeners.tell(told);
  }

  private find(only: GivenOnly | undefined): { key: string; watched: Watched } {
    const sieve = sieveOf(only);
    const key = keyOf(sieve);
    const known = this.watched.get(key) ?? this.seen.get(key);
    if (known) return { key, watched: known };
    const part = new Part(sieve);
    const watched = { part, listeners: new Listeners<SportState>(), told: this.stateOf(part) };
    this.seen.set(key, watched);
    return { key, watched };
  }
}
