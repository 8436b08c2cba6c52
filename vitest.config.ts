import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/helpers/build-folder.ts",
    // A limit tells a hung test from a slow one: none is nearer than three times what the test takes, on two busy cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Most tests wait for ticks and back-offs more than they work.
    maxWorkers: availableParallelism() + 1,
    // CI's machine is a shared and noisy one, and these tests are of real time: what fails once and not twice is printed
    // with "(retry x1)", and does not stop a landing. At a desk nothing is tried twice.
    retry: process.env.CI ? 1 : 0,
  },
});
