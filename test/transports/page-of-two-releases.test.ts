import { renameSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { BUILDS } from "../../deploy/build.mjs";
import { builtPage, writePage } from "../helpers/built-page.js";
import { startApp } from "../helpers/start-app.js";

const OLD = "index-old1.js";
const NEW = "index-new2.js";

/** A process of the build before, whose folder a rollout has just put the next one in; and one of that, to be started. */
async function rolling() {
  const page = builtPage({ [OLD]: "// The old script.", "same-s1.css": "p {}" });
  const root = path.dirname(path.dirname(page));
  const move = (from: string, to: string) => renameSync(path.join(root, from), path.join(root, to));
  const old = await startApp({}, { page });
  writePage(path.join(root, BUILDS.next), { [NEW]: "// The new script.", "same-s1.css": "p {}" });
  move(BUILDS.now, BUILDS.before);
  move(BUILDS.next, BUILDS.now);
  return { old, move, startNew: () => startApp({}, { page }) };
}

/** A browser's first visit: the page is one process's answer, what it loads another's. */
async function visit(page: { url: string }, assets: { url: string }) {
  const html = await (await fetch(page.url)).text();
  const [, at = ""] = /src="([^"]+)"/.exec(html) ?? [];
  const response = await fetch(assets.url + at);
  const { status, headers } = response;
  return { at, status, caching: headers.get("cache-control"), text: await response.text() };
}

const whole = (name: string, text: string) => ({
  at: `/assets/${name}`,
  status: 200,
  caching: "public, max-age=31536000, immutable",
  text,
});

describe("A browser whose requests reach processes of two releases, during a rollout,", () => {
  it("gets what the new page loads from an old process", async () => {
    const { old, startNew } = await rolling();
    expect(await visit(await startNew(), old)).toEqual(whole(NEW, "// The new script."));
    expect(await visit(old, old)).toEqual(whole(OLD, "// The old script."));
  });

  it("gets what the old page loads from a new process", async () => {
    const { old, startNew } = await rolling();
    expect(await visit(old, await startNew())).toEqual(whole(OLD, "// The old script."));
  });

  it("gets both where the rollout stopped half way, and the build before is back", async () => {
    const { old, move, startNew } = await rolling();
    const next = await startNew();
    move(BUILDS.now, BUILDS.failed);
    move(BUILDS.before, BUILDS.now);
    expect(await visit(next, old)).toEqual(whole(NEW, "// The new script."));
    expect(await visit(old, next)).toEqual(whole(OLD, "// The old script."));
  });

  it("gets them still once what another process had has gone from the disk, where it was asked for before", async () => {
    const { old, move, startNew } = await rolling();
    const next = await startNew();
    await visit(old, next);
    move(BUILDS.before, "elsewhere");
    expect(await visit(old, next)).toEqual(whole(OLD, "// The old script."));
  });

  it("gets a 404 that no cache keeps for what no release has", async () => {
    const { old } = await rolling();
    const response = await fetch(`${old.url}/assets/index-none.js`);
    expect([response.status, response.headers.get("cache-control")]).toEqual([404, "no-store"]);
  });
});
