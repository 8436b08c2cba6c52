import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Most tests wait for ticks and back-offs more than they work.
    maxWorkers: availableParallelism() + 1,
  },
});
