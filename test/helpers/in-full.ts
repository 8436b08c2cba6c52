/** A number of rounds, messages or clients: the full one with `TEST_ALL` (`npm run test:all`, CI), else the other. */
export function inFull(full: number, otherwise: number): number {
  return process.env.TEST_ALL ? full : otherwise;
}

/** How often a property is tried: at a desk a twentieth of the full count. */
export function propertyRuns(full: number): number {
  return inFull(full, Math.ceil(full / 20));
}
