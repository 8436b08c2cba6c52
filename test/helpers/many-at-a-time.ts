import fc from "fast-check";

/**
 * Tries a property `runs` times in all, `atATime` of them side by side: what waits for ticks waits together. What
 * failed is told as it was found, not made smaller.
 */
export async function assertManyAtATime<Run>(
  run: fc.Arbitrary<Run>,
  check: (run: Run) => Promise<void>,
  { runs, atATime, before }: { runs: number; atATime: number; before?: () => Promise<void> },
): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(run, { minLength: atATime, maxLength: atATime }),
    async (all) => {
      await before?.();
      const results = await Promise.allSettled(all.map(check));
      for (const [i, result] of results.entries()) {
        if (result.status === "rejected") {
          throw new Error(`${result.reason}\nin ${JSON.stringify(all[i])}`, { cause: result.reason });
        }
      }
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(runs / atATime), endOnFailure: true });
}
