import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort, startProcess } from "../helpers/process.js";
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
    expect(code).toBe(1);
    expect(server.lines).toEqual([]);
    for (const name of ["PORT", "LOG_LEVEL", "ODDS_POLL_INTERVAL_MS", "ALLOWED_ORIGINS"]) {
      expect(stderr).toMatch(new RegExp(`^ {2}- ${name} `, "m"));
    }
    expect(stderr).not.toMatch(/sekret|the-key-that|at .*\.ts/);
  });

  it("refuses to serve made-up odds in production by mere want of a key", async () => {
    const { code, stderr } = await startProcess({ NODE_ENV: "production", PORT: "0" }).ended;
    expect(code).toBe(1);
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

  it.each(["warn", "error", "debug"])(
    "tells the port that it found, also with LOG_LEVEL=%s",
    async (level) => {
      const server = startProcess({ PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: level });
      const port = await server.listening();
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    },
  );

  it("says in one clear line that the port is taken, and ends", async () => {
    const port = await freePort();
    const squatter = closeAfter(createServer(), (open) => open.close());
    squatter.listen(port, "127.0.0.1");
    await once(squatter, "listening");
    const server = startProcess({ PORT: String(port), HOST: "127.0.0.1" });
    const { code, stderr } = await server.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(server.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "error",
        message: expect.stringMatching(/^The port is taken\. .*PORT/),
      }),
    ]);
  });
});
