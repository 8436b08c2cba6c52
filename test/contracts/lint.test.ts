import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openEngine, openHistory } from "../helpers/kept-boards.js";
import { temporaryFolder } from "../helpers/process.js";
import { startApp } from "../helpers/start-app.js";
import { SECRET } from "../helpers/tokens.js";

const run = promisify(execFile);
const CLI = createRequire(import.meta.url).resolve("@redocly/cli/bin/cli.js");

/** Rules that have nothing to say here: the project has no licence, and by default no door wants a key. */
const SKIPPED = ["info-license", "security-defined"];

interface Verdict {
  readonly totals: { readonly errors: number; readonly warnings: number; readonly ignored: number };
  readonly problems: readonly { readonly message: string; readonly ruleId: string }[];
}

/** What the linter says of a document. */
async function lint(document: string): Promise<Verdict> {
  const file = path.join(temporaryFolder(), "document.json");
  writeFileSync(file, document);
  const { stdout } = await run(
    process.execPath,
    [CLI, "lint", file, "--format=json", ...SKIPPED.map((rule) => `--skip-rule=${rule}`)],
    { env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } },
  ).catch((failed: { stdout: string }) => failed);
  return JSON.parse(stdout.slice(stdout.indexOf("{")));
}

it.each([
  ["openapi.json", "off", {}],
  ["asyncapi.json", "off", {}],
  ["openapi.json", "on", { AUTH_JWT_SECRET: SECRET }],
  ["asyncapi.json", "on", { AUTH_JWT_SECRET: SECRET }],
] as const)("%s passes the lint, without a warning, with tokens %s", async (name, _, env) => {
  const server = await startApp(env);
  const served = await (await fetch(`${server.url}/${name}`)).text();
  const { problems, totals } = await lint(served);
  expect(problems).toEqual([]);
  expect(totals).toMatchObject({ errors: 0, warnings: 0, ignored: 0 });
});

it("openapi.json passes the lint of a server that keeps a history", async () => {
  const server = await startApp({}, { history: openHistory(await openEngine(), Date.now) });
  const served = await (await fetch(`${server.url}/openapi.json`)).text();
  expect(served).toContain("/api/odds/history/lines");
  expect((await lint(served)).problems).toEqual([]);
});

it("The lint finds what is wrong", async () => {
  const server = await startApp();
  const served = await (await fetch(`${server.url}/openapi.json`)).text();
  const { totals } = await lint(
    served.replaceAll("#/components/schemas/Sport", "#/components/schemas/Spart"),
  );
  expect(totals.errors).toBeGreaterThan(0);
});
