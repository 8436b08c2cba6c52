import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.js";
import { freePort, startProcess, temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

describe("the process, told to start", () => {
  it("refuses a bad configuration, names every bad variable at once and quotes no value", async () => {
    const server = startProcess({
      THE_ODDS_API_KEY: "the-key-that-must-not-be-seen",
      PORT: "sekret",
      LOG_LEVEL: "sekret",
      ODDS_POLL_INTERVAL_MS: "sekret",
      ALLOWED_ORIGINS: "sekret",
    });
    const { code, stderr } = await server.ended;
    expect(code).toBe(EXIT.configuration);
    expect(server.lines).toEqual([]);
    for (const name of ["PORT", "LOG_LEVEL", "ODDS_POLL_INTERVAL_MS", "ALLOWED_ORIGINS"]) {
      expect(stderr).toMatch(new RegExp(`^ {2}- ${name} `, "m"));
    }
    expect(stderr).not.toMatch(/sekret|the-key-that|at .*\.[jt]s/);
  });

  it("refuses to serve made-up odds in production by mere want of a key", async () => {
    const { code, stderr } = await startProcess({ NODE_ENV: "production", PORT: "0" }).ended;
    expect(code).toBe(EXIT.configuration);
    expect(stderr).toMatch(/THE_ODDS_API_KEY is missing .*ODDS_SOURCE=simulated/);
  });

  it("serves made-up odds in production when told to, and says so loudly", async () => {
    const server = startProcess({
      NODE_ENV: "production",
      ODDS_SOURCE: "simulated",
      PORT: "0",
      HOST: "127.0.0.1",
    });
    const port = await server.listening();
    const warning = JSON.parse(await server.line("SIMULATED ODDS"));
    expect(warning.level).toBe("warn");
    const live = await fetch(`http://127.0.0.1:${port}/api/odds/live`);
    expect(await live.json()).toMatchObject({ source: "simulated", status: "live" });
  });

  it("names itself in every line of its log: process, release, and the port once it has one", async () => {
    const server = startProcess({ PORT: "0", HOST: "127.0.0.1" });
    const port = await server.listening();
    await fetch(`http://127.0.0.1:${port}/api/odds/live`);
    server.child.kill("SIGTERM");
    await server.ended;
    const lines = server.lines.map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(3);
    const [{ process, release }] = lines;
    expect(process).toMatch(/^[0-9a-f]{12}$/);
    for (const line of lines) expect(line).toMatchObject({ process, release, port });
  });

  it.each(["warn", "error", "debug"])(
    "tells the port that it found, also with LOG_LEVEL=%s",
    async (level) => {
      const server = startProcess({ PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: level });
      const port = await server.listening();
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    },
  );

  it("says in one clear line that there is nothing to replay, and ends for good", async () => {
    const HISTORY_PATH = path.join(temporaryFolder(), "history.db");
    const server = startProcess({ ODDS_SOURCE: "replay", HISTORY_PATH, PORT: "0" });
    expect((await server.ended).code).toBe(EXIT.configuration);
    expect(server.lines.join("\n")).toContain("ODDS_SOURCE=replay finds nothing to replay");
  });

  it("says in one clear line that the port is taken, and ends", async () => {
    const port = await freePort();
    const squatter = closeAfter(createServer(), (open) => open.close());
    squatter.listen(port, "127.0.0.1");
    await once(squatter, "listening");
    const server = startProcess({ PORT: String(port), HOST: "127.0.0.1" });
    const { code, stderr } = await server.ended;
    expect(code).toBe(EXIT.unavailable);
    // Where errors are looked for, too: PM2 keeps stderr in a file of its own.
    expect(stderr.trimEnd().split("\n")).toEqual(server.lines);
    expect(server.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "error",
        message: expect.stringMatching(/^The port is taken\. .*PORT/),
      }),
    ]);
  });

  it("says that HOST is no address of this machine, and ends", async () => {
    const server = startProcess({ PORT: "0", HOST: "192.0.2.1" });
    expect((await server.ended).code).toBe(EXIT.configuration);
    expect(JSON.parse(server.lines.at(-1) ?? "")).toMatchObject({
      level: "error",
      message: expect.stringMatching(/^HOST is no address of this machine\./),
    });
  });

  it("warns of misspelt variables and of those that beat .env, by name only", async () => {
    const server = startProcess(
      { PORT: "0", HOST: "127.0.0.1", ALLOWED_ORIGIN: "sekret", TRUST_PROXY: "1" },
      { dotenv: "TRUST_PROXY=2\nPORT=0\nODDS_SPORT=sekret\n" },
    );
    await server.line("SIMULATED ODDS");
    const warnings = server.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn");
    expect(warnings.map(({ message }) => String(message).split(" ")[0]).sort()).toEqual([
      "ALLOWED_ORIGIN",
      "ODDS_SPORT",
      "SIMULATED",
      "TRUST_PROXY",
    ]);
    expect(server.lines.join()).not.toContain("sekret");
  });

  it("warns in production of the default origins, unless they are set", async () => {
    const warned = async (env: Record<string, string>) => {
      const server = startProcess({ ODDS_SOURCE: "simulated", PORT: "0", HOST: "127.0.0.1", ...env });
      await server.line("SIMULATED ODDS");
      const origins = server.lines.filter((line) => line.includes("ALLOWED_ORIGINS is not set"));
      return origins.map((line) => JSON.parse(line).level);
    };
    expect(await warned({ NODE_ENV: "production" })).toEqual(["warn"]);
    expect(await warned({ NODE_ENV: "production", ALLOWED_ORIGINS: " " })).toEqual(["warn"]);
    expect(await warned({ NODE_ENV: "production", ALLOWED_ORIGINS: "https://a.example" })).toEqual([]);
    expect(await warned({})).toEqual([]);
  });

  it("takes no argument that it does not know for a start", async () => {
    const server = startProcess({ PORT: "0", HOST: "127.0.0.1" }, { args: ["--chek"] });
    const { code, stderr } = await server.ended;
    expect({ code, lines: server.lines }).toEqual({ code: EXIT.usage, lines: [] });
    expect(stderr).toContain("--check");
  });
});
