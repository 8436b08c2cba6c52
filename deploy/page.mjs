// @ts-check
/*
 * The web page, made at build of src/page: dist/page/index.html, and beside it assets whose names hold their hash.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = path.resolve(import.meta.dirname, "..");

/**
 * How Vite makes the page.
 * @param {string} into
 * @returns {import("vite").InlineConfig}
 */
export function pageConfig(into) {
  return {
    root: path.join(root, "src/page"),
    base: "/",
    configFile: false,
    logLevel: "warn",
    // No part of src/page is served as it is; it is all imported.
    publicDir: false,
    build: {
      outDir: into,
      emptyOutDir: true,
      target: "es2022",
      // An image within a style sheet would be a data: address; a file is one that the policy knows.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // A slow machine is no fault of the build's.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  };
}

/**
 * Makes the page of a build.
 * @param {string} dist the build's folder
 */
export async function makePage(dist) {
  await build(pageConfig(path.join(path.resolve(dist), "page")));
}

// npm run build calls it so, as a build of dist/ goes step by step.
if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , dist] = process.argv;
  if (!dist) throw new TypeError("usage: page.mjs <folder of the build>");
  await makePage(dist);
}
