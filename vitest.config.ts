import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { TellUnsaid } from "./test/helpers/tell-unsaid.js";

/** They measure the heap of their process, in which there may be nothing but their own. */
const ALONE = ["hostile-memory", "slow-clients"].map((name) => `test/server/${name}.test.ts`);

/** What takes longest begins first, in this order: what begins last is what all wait for. */
const LONGEST = [
  "server/deltas-over-both-doors",
  ...["redis-away", "leader-dies", "same-boards", "fleet-in-trouble"].map((name) => `cluster/${name}`),
  ...[
    "cluster/",
    "deploy/",
    "examples/",
    "client/browser",
    "client/keeps",
    "client/faulty",
    "history/postgres-faults",
    "server/slow-clients",
    "server/frames",
  ],
];

const rank = ({ moduleId }: TestSpecification) => {
  const place = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`));
  return place === -1 ? LONGEST.length : place;
};

/** By itself Vitest begins with what took longest the last time; in a fresh clone, as CI's, with the largest files. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        // Loading the server and its packages costs 1.2 s of CPU: each worker does so once, not once a file.
        test: { name: "together", isolate: false, include: ["test/**/*.test.ts"], exclude: ALONE },
      },
    ],
    reporters: ["default", new TellUnsaid()],
    globalSetup: "test/helpers/build-folder.ts",
    setupFiles: "test/helpers/close-after-each.ts",
    // What one file puts in the place of a function or a global, the next must not find.
    restoreMocks: true,
    unstubGlobals: true,
    // A limit tells a hung test from a slow one: none is nearer than three times what the test takes, on two busy cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Most tests wait for ticks, leases and back-offs more than they work.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // CI's machine is a shared and noisy one, and these tests are of real time: what fails once and not twice is printed
    // with why at the end, and does not stop a landing. At a desk nothing is tried twice.
    retry: process.env.CI ? 1 : 0,
  },
});
