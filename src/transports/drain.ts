/** Clients are sent away at most this many a second: the processes that they come to have others to serve. */
const CLIENTS_PER_MS = 0.5;
/** Transports are closed in batches, so long apart (ms). */
const BATCH_MS = 50;

/** Over how long (ms) so many clients are sent away, if there is so much time. */
export function spreadOf(clients: number, mostMs: number): number {
  return Math.max(0, Math.min(mostMs, clients / CLIENTS_PER_MS));
}

/**
 * Sends connections away, spread evenly over `spreadMs`: each is told by `warn` in how many ms its turn is, and ended
 * by `close` then.
 */
export function sendAway<T>(
  connections: Iterable<T>,
  spreadMs: number,
  warn: (connection: T, delayMs: number) => void,
  close: (connection: T) => void,
): void {
  const waiting = [...connections];
  const count = waiting.length;
  for (const [i, connection] of waiting.entries()) {
    quietly(() => warn(connection, Math.round((i * spreadMs) / count)));
  }
  const began = performance.now();
  const batch = () => {
    const share = spreadMs > 0 ? (performance.now() - began) / spreadMs : 1;
    const due = Math.min(count, Math.floor(share * count) + 1);
    for (const connection of waiting.splice(0, due - (count - waiting.length))) {
      quietly(() => close(connection));
    }
    if (waiting.length > 0) setTimeout(batch, BATCH_MS).unref();
  };
  batch();
}

/** A connection that cannot be told or closed must not keep the others from it: it is cut off with the last. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {}
}
