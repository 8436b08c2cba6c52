// @ts-check
/*
 * What a frontend gets of a server: made at build of the compiled src/client and src/prices, beside the server that it
 * fits.
 *   live-odds-client.tgz   a package, for `npm i http://localhost:3001/live-odds-client.tgz`
 *   client.js              one ES module with all it needs, for a page without a build
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The package's name, and so its folder's and its file's. */
export const CLIENT_PACKAGE = "live-odds-client";

/** What it runs on, and what of that only its React part needs. */
const RUNS_ON = ["socket.io-client"];
const WITH_REACT = ["react"];

const root = path.resolve(import.meta.dirname, "..");

/**
 * Makes both files of a build.
 * @param {string} dist the build's folder
 * @param {string} release the server's version, with its commit where that is known
 */
export async function makeClientFiles(dist, release) {
  const folder = path.join(dist, CLIENT_PACKAGE);
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(dist, "client"), folder, { recursive: true });
  cpSync(path.join(dist, "prices"), path.join(folder, "prices"), { recursive: true });
  cpSync(path.join(root, "src/client/README.md"), path.join(folder, "README.md"));
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  pack(folder, dist);
  rmSync(folder, { recursive: true });
  await bundle(dist, release);
}

/** The package.json, by the server's own. */
function manifest() {
  const { version, exports, dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  /** @param {Record<string, string>} all @param {string[]} names */
  const some = (all, names) => Object.fromEntries(names.map((name) => [name, all[name]]));
  const own = Object.entries(exports).map(([at, /** @type {object} */ files]) => [
    at.replace("./client", "."),
    Object.fromEntries(
      Object.entries(files).map(([of, file]) => [of, file.replace(/^\.\/dist\/(client\/)?/, "./")]),
    ),
  ]);
  return {
    name: CLIENT_PACKAGE,
    version,
    description: "Boards of a live odds server, kept up to date in a frontend.",
    type: "module",
    exports: Object.fromEntries(own),
    sideEffects: false,
    dependencies: some(dependencies, RUNS_ON),
    peerDependencies: some(peerDependencies, WITH_REACT),
    peerDependenciesMeta: some(peerDependenciesMeta, WITH_REACT),
  };
}

/** @param {string} folder @param {string} into */
function pack(folder, into) {
  const npm = ["pack", folder, "--pack-destination", into, "--ignore-scripts", "--offline", "--json"];
  const quiet = ["--no-update-notifier", "--loglevel=error"];
  // npm itself where it runs this, and the one on the PATH where somebody else does.
  const { npm_execpath: own } = process.env;
  const [command, before] = own?.endsWith(".js") ? [process.execPath, [own]] : ["npm", []];
  const told = execFileSync(command, [...before, ...npm, ...quiet], { encoding: "utf8" });
  const [{ filename }] = JSON.parse(told);
  renameSync(path.join(into, filename), path.join(into, `${CLIENT_PACKAGE}.tgz`));
}

/** @param {string} dist @param {string} release */
async function bundle(dist, release) {
  const made = await rolldown({
    input: path.join(dist, "client/index.js"),
    platform: "browser",
    onLog: (level, { message }) => {
      if (level === "warn") throw new Error(message);
    },
  });
  const { output } = await made.generate({ format: "esm", minify: true, comments: false });
  const [script, ...more] = output;
  if (more.length > 0) throw new Error("client.js came in more than one piece");
  writeFileSync(path.join(dist, "client.js"), `/*! ${CLIENT_PACKAGE} ${release} */\n${script.code}`);
}

// npm run build calls it so, as a build of dist/ goes step by step.
if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , dist, release] = process.argv;
  if (!dist || !release) throw new TypeError("usage: client-package.mjs <folder of the build> <release>");
  await makeClientFiles(dist, release);
}
