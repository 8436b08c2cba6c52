import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { eventually } from "./fleet.js";
import { temporaryFolder } from "./process.js";
import { closeAfter } from "./start-app.js";

/** Debian's release that deploy/DEBIAN.md is for. */
const SUITE = "bookworm";
/** What a fresh server has besides the packages that are essential. */
const FRESH = "systemd-sysv,dbus,libpam-systemd,ca-certificates,iproute2,procps";
const BOOT_MS = 60_000;

/** Why no fresh Debian can be started on this machine with these ports free; undefined where one can. */
export async function whyNoDebian(ports: readonly number[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "it needs root";
  const missing = ["mmdebstrap", "systemd-nspawn", "nsenter"].filter(
    (command) => spawnSync("which", [command]).status !== 0,
  );
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  for (const port of ports) if (!(await isFree(port))) return `port ${port} is taken`;
  return undefined;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/**
 * A fresh Debian with its own systemd in a container (systemd-nspawn), which shares this machine's network and so its
 * ports. `remove()` it; where that was not called, it is turned off and deleted after the test.
 */
export class DebianMachine {
  /** Where its files are. */
  readonly root: string;
  private container: ChildProcess | undefined;

  constructor() {
    this.root = path.join(temporaryFolder(), "root");
    closeAfter(this, () => this.turnOff());
  }

  /** Installs it from this machine's own package sources, or unpacks the archive that DEBIAN_TAR names. */
  async install(): Promise<void> {
    mkdirSync(this.root);
    const archive = process.env.DEBIAN_TAR;
    if (archive) await done("tar", ["-C", this.root, "-xpf", archive]);
    else {
      const sources = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"].filter(existsSync);
      await done("mmdebstrap", [
        "--quiet",
        "--variant=minbase",
        `--include=${FRESH}`,
        SUITE,
        this.root,
        ...sources.slice(0, 1),
      ]);
    }
    // A machine of its own, that believes whom this one believes: its network may end TLS by itself.
    writeFileSync(path.join(this.root, "etc/machine-id"), "");
    for (const file of ["/etc/ssl/certs/ca-certificates.crt", "/usr/etc/npmrc"]) {
      if (!existsSync(file)) continue;
      mkdirSync(path.join(this.root, path.dirname(file)), { recursive: true });
      copyFileSync(file, path.join(this.root, file));
    }
  }

  /** Boots it, and resolves once all is started. */
  async boot(): Promise<void> {
    const options = [
      "--register=no",
      "--keep-unit",
      "--resolv-conf=copy-host",
      "--timezone=off",
      "--link-journal=no",
    ];
    this.container = spawn(
      "systemd-nspawn",
      [
        "--quiet",
        "--directory",
        this.root,
        "--machine=live-odds-debian",
        ...options,
        "--console=pipe",
        "--boot",
      ],
      { stdio: "ignore" },
    );
    await this.booted();
  }

  /** Reboots it, and resolves once all is started again. The container ends at a reboot, for others to start it anew. */
  async reboot(): Promise<void> {
    if (!this.container) throw new Error("The machine is off.");
    const down = once(this.container, "exit");
    await this.run("root", "systemctl reboot").catch(() => {});
    await down;
    await this.boot();
  }

  /** Runs commands as that user, as at a login; resolves with what they print, and rejects where one fails. */
  async run(user: string, commands: string): Promise<string> {
    const leader = this.leader();
    if (leader === undefined) throw new Error("The machine is off.");
    return done(
      "nsenter",
      ["--all", "--target", leader, "su", "-", user, "-c", `set -eo pipefail\n${commands}`],
      { env: { TERM: "dumb" } },
    );
  }

  private async booted(): Promise<void> {
    await eventually(async () => {
      const state = await this.run("root", "systemctl is-system-running || true").catch(() => "");
      return /running|degraded/.test(state) || undefined;
    }, BOOT_MS);
  }

  /** The pid, here, of its systemd. */
  private leader(): string | undefined {
    const pid = this.container?.pid;
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0] || undefined;
    } catch {
      return undefined;
    }
  }

  /** Pulls the plug, and deletes its files: a hundred thousand, which takes longer than a hook may. */
  async remove(): Promise<void> {
    await this.turnOff();
    await done("rm", ["-rf", "--one-file-system", this.root]);
  }

  private async turnOff(): Promise<void> {
    const container = this.container;
    if (!container || container.exitCode !== null || container.signalCode !== null) return;
    const off = once(container, "exit");
    const leader = this.leader();
    container.kill("SIGKILL");
    if (leader !== undefined) process.kill(Number(leader), "SIGKILL");
    await off;
  }
}

/** Runs a command; resolves with what it prints on either stream, and rejects with that where it fails. */
export function done(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: process.env, ...options, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        said += String(chunk);
      });
    }
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${command} ended with ${code}:\n${said.slice(-4000)}`));
    });
  });
}
