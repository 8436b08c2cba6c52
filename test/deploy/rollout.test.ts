import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import {
  builtAt,
  type Deployment,
  describeWithDeployment,
  type Outcome,
  startDeployment,
} from "../helpers/deployment.js";
import { TEST_KEY } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { closeAfter } from "../helpers/start-app.js";

/** `ROLLOUT_PROCESSES=4 ROLLOUT_CLIENTS=500 ROLLOUT_ALL=1` for the whole table as it stands in deploy/README.md. */
const PROCESSES = Number(process.env.ROLLOUT_PROCESSES ?? 2);
const CLIENTS = Number(process.env.ROLLOUT_CLIENTS ?? 20);
const TIMEOUT = { timeout: 300_000 };
/** How a rollout ends (deploy/rollout.mjs). */
const [DONE, STOPPED, UNTOUCHED] = [0, 1, 2];
/** A tick of 1 s, the delay that a client was asked to keep (up to 3.2 s), and a busy machine. */
const SILENCE_MS = 10_000;

function tell(what: string, outcome: Outcome): void {
  const { code, probes, lost, clientsCut, cuts, longestMs, said } = outcome;
  const lines = said.split("\n").filter((line) => /^bad |^ROLLOUT|its log|TS\d+/.test(line));
  process.stdout.write(
    `| ${what} | ${PROCESSES} | ${CLIENTS} | ${code} | ${lost} of ${probes} | ${clientsCut} (${cuts} times) | ${(longestMs / 1000).toFixed(1)} s |\n` +
      `${lines.map((line) => `    ${line}\n`).join("")}`,
  );
}

const first = (deployment: Deployment) => `live-odds-${deployment.ports[0]}`;
const last = (deployment: Deployment) => `live-odds-${deployment.ports.at(-1)}`;
const pidsOf = async (deployment: Deployment) =>
  new Map((await deployment.shown()).map(({ name, pid }) => [name, pid]));

describeWithDeployment("A rollout", () => {
  it("brings a build to one process after the other, and costs no probe", TIMEOUT, async () => {
    const deployment = await startDeployment(PROCESSES, CLIENTS);
    const before = await pidsOf(deployment);
    const outcome = await deployment.rollout();
    tell("a good one", outcome);
    expect(outcome.code, outcome.said).toBe(DONE);
    expect(outcome.lost).toBe(0);
    expect(outcome.longestMs).toBeLessThan(SILENCE_MS);
    expect(deployment.ledger.faults).toEqual([]);
    for (const { name, pid, status } of await deployment.shown()) {
      expect(pid).not.toBe(before.get(name));
      expect(status).toBe("online");
    }
  });

  it("touches nothing where a variable, the key or the build is bad", TIMEOUT, async () => {
    const deployment = await startDeployment(PROCESSES, CLIENTS);
    const before = await deployment.shown();
    const build = builtAt(deployment);
    const goAndLook = async (what: string, why: RegExp) => {
      const outcome = await deployment.rollout();
      tell(what, outcome);
      expect(outcome.code, outcome.said).toBe(UNTOUCHED);
      expect(outcome.said).toMatch(why);
      expect(outcome.said).toContain("Nothing was touched: what ran goes on.");
      expect(outcome).toMatchObject({ lost: 0, cuts: 0 });
      expect(await deployment.shown()).toEqual(before);
      expect(builtAt(deployment)).toBe(build);
    };
    deployment.append(".env", "LOG_LEVEL=loud\nALLOWED_ORIGIN=https://app.example.com\n");
    await goAndLook(
      "a bad and a misspelt variable",
      /bad {3}LOG_LEVEL .*\n[\s\S]*bad {3}ALLOWED_ORIGIN .*Is ALLOWED_ORIGINS meant/,
    );
    deployment.append(".env", "LOG_LEVEL=info\nALLOWED_ORIGIN=\nTHE_ODDS_API_KEY=another\n");
    await goAndLook("a wrong key", /bad {3}The Odds API refuses the key/);
    deployment.append(".env", `THE_ODDS_API_KEY=${TEST_KEY}\nREDIS_URL=\n`);
    await goAndLook(
      "no Redis",
      /has no REDIS_URL, and each of \d+ processes would read, and pay, for itself/,
    );
    deployment.append("src/index.ts", 'const wrong: number = "";\n');
    await goAndLook("a build that fails", /TS2322[\s\S]*The build failed/);
  });

  it.runIf(process.env.ROLLOUT_ALL)(
    "stops at the process whose port another has taken, and leaves the others alone",
    TIMEOUT,
    async () => {
      const deployment = await startDeployment(PROCESSES, CLIENTS);
      const before = await pidsOf(deployment);
      const build = builtAt(deployment);
      deployment.append("src/index.ts", "// A build that can be told from the one before.\n");
      const taker = takeOncePossible(deployment.ports[0] ?? 0);
      const outcome = await deployment.rollout();
      tell("a port taken by another", outcome);
      expect(outcome.code, outcome.said).toBe(STOPPED);
      expect(outcome.said).toMatch(
        new RegExp(`${first(deployment)} did not come up: .*exit code ${EXIT.unavailable}`),
      );
      expect(outcome.said).toMatch(/its log: error: The port is taken\./);
      expect(outcome.lost).toBe(0);
      const after = await pidsOf(deployment);
      for (const [name, pid] of before) if (name !== first(deployment)) expect(after.get(name)).toBe(pid);
      expect(builtAt(deployment)).toBe(build);

      // Once the port is free, PM2's next try takes it.
      taker.close();
      await eventually(async () => {
        const response = await fetch(`http://127.0.0.1:${deployment.ports[0]}/ready`).catch(() => undefined);
        return response?.status === 200 || undefined;
      }, 60_000);
    },
  );

  it.runIf(process.env.ROLLOUT_ALL)("goes on where a process is killed in the middle", TIMEOUT, async () => {
    const deployment = await startDeployment(PROCESSES, CLIENTS);
    const victim = (await pidsOf(deployment)).get(last(deployment)) ?? 0;
    const outcome = await deployment.rollout((line) => {
      if (line.startsWith("1/")) process.kill(victim, "SIGKILL");
    });
    tell("kill -9 in the middle", outcome);
    expect(outcome.code, outcome.said).toBe(DONE);
    expect(deployment.ledger.faults).toEqual([]);
    expect(outcome.lost).toBe(0);
  });

  it.runIf(process.env.ROLLOUT_ALL)(
    "finishes a process where its terminal is lost meanwhile",
    TIMEOUT,
    async () => {
      const deployment = await startDeployment(PROCESSES, CLIENTS);
      const [before, build] = [await pidsOf(deployment), builtAt(deployment)];
      const outcome = await deployment.rollout((line, rollout) => {
        if (line.startsWith("Restarting")) void loseTerminalOnceTaken(deployment.ports[0] ?? 0, rollout);
      });
      tell("a terminal that is lost", outcome);
      expect(outcome.code, outcome.said).toBe(STOPPED);
      expect(outcome.lost).toBe(0);
      const shown = await deployment.shown();
      expect(shown.map(({ status }) => status)).toEqual(deployment.ports.map(() => "online"));
      for (const { name, pid } of shown) {
        if (name === first(deployment)) expect(pid).not.toBe(before.get(name));
        else expect(pid).toBe(before.get(name));
      }
      expect(builtAt(deployment)).toBe(build);
    },
  );

  it.runIf(process.env.ROLLOUT_ALL)("stops where Redis goes away in the middle", TIMEOUT, async () => {
    const deployment = await startDeployment(PROCESSES, CLIENTS);
    let gone: Promise<void> | undefined;
    const outcome = await deployment.rollout((line) => {
      if (line.startsWith("1/")) gone = deployment.redis.kill();
    });
    await gone;
    tell("Redis away in the middle", outcome);
    expect(outcome.code, outcome.said).toBe(STOPPED);
    expect(outcome.said).toMatch(/cannot reach Redis .*CLUSTER_UNAVAILABLE/);
    expect(outcome.lost).toBe(0);
    await deployment.redis.start();
    const again = await deployment.rollout();
    tell("the same again, with Redis back", again);
    expect(again.code, again.said).toBe(DONE);
  });
});

/** Takes a rollout's terminal away while the process on a port is being ended: nobody reads, and it hears SIGHUP. */
async function loseTerminalOnceTaken(port: number, rollout: ChildProcess): Promise<void> {
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  while (await isReady()) await new Promise((resolve) => setTimeout(resolve, 50));
  rollout.stdout?.destroy();
  rollout.stderr?.destroy();
  rollout.kill("SIGHUP");
}

/** Listens on a port as soon as it can be had, and hangs up on whoever comes. */
function takeOncePossible(port: number): { close(): void } {
  const server = createServer((socket) => socket.destroy());
  let isOver = false;
  const attempt = () => {
    if (!isOver) server.listen(port, "127.0.0.1");
  };
  server.on("error", () => setTimeout(attempt, 5));
  attempt();
  return closeAfter(
    {
      close: () => {
        isOver = true;
        server.close();
      },
    },
    (taker) => taker.close(),
  );
}
