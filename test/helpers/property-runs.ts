/** How often a property is tried: the full count with `TEST_ALL` (`npm run test:all`, CI), else a twentieth of it. */
export function propertyRuns(full: number): number {
  return process.env.TEST_ALL ? full : Math.ceil(full / 20);
}
