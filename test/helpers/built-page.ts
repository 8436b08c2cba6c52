import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./process.js";

/** Writes a page as a build of it leaves one in `dist`: one that loads these assets; and gives its folder. */
export function writePage(dist: string, assets: Readonly<Record<string, string>>): string {
  const folder = path.join(dist, "page");
  mkdirSync(path.join(folder, "assets"), { recursive: true });
  const tags = Object.keys(assets).map((name) =>
    name.endsWith(".css")
      ? `<link rel="stylesheet" href="/assets/${name}">`
      : `<script type="module" src="/assets/${name}"></script>`,
  );
  const html = `<!doctype html><title>Live odds</title><link rel="icon" href="data:,">${tags.join("")}<p></p>`;
  writeFileSync(path.join(folder, "index.html"), html);
  for (const [name, text] of Object.entries(assets)) writeFileSync(path.join(folder, "assets", name), text);
  return folder;
}

/** The folder of such a page in a build of its own; gone after the test. */
export function builtPage(
  assets: Readonly<Record<string, string>> = { "index-a1.js": "// A script." },
): string {
  return writePage(path.join(temporaryFolder(), "dist"), assets);
}
