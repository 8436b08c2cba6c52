import path from "node:path";
import { expect, it } from "vitest";
import { openEngine } from "../helpers/kept-boards.js";
import { startProcess, temporaryFolder } from "../helpers/process.js";

const GRACE_MS = 1500;

it("A server whose history's thread comes to no end serves, and ends within the grace", async () => {
  const file = path.join(temporaryFolder(), "history.db");
  const engine = await openEngine(file);
  await engine.all(
    `create trigger endless after insert on meta begin
      select (with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n); end`,
    [],
  );
  await engine.close();
  const server = startProcess({
    PORT: "0",
    HOST: "127.0.0.1",
    HISTORY: "on",
    HISTORY_PATH: file,
    LOG_LEVEL: "info",
    SHUTDOWN_GRACE_MS: String(GRACE_MS),
  });
  const port = await server.listening();
  const live = await fetch(`http://127.0.0.1:${port}/api/odds/live?sport=basketball_nba`);
  expect(live.status).toBe(200);
  const told = performance.now();
  server.child.kill("SIGTERM");
  // By the signal that it was sent, as of a process that does not handle it: a platform takes that for an orderly end.
  expect(await server.ended).toEqual({ code: null, signal: "SIGTERM", stderr: "" });
  expect(performance.now() - told).toBeLessThan(GRACE_MS + 1000);
  expect(server.lines.some((line) => line.includes("The history is not done with its work"))).toBe(true);
});
