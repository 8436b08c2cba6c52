// @ts-check
/*
 * npm run build: compiles the server into dist/.
 *
 * It is made beside dist/ and takes its place only when it is whole: a build that fails, or for which something is
 * missing, leaves what is there as it was. tsc writes files even where types are wrong, so its exit code decides.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folders of builds: what runs, what is being made, and what ran before it. */
export const BUILDS = { now: "dist", next: "dist.new", before: "dist.old", failed: "dist.failed" };

/** What makes the files that a frontend gets of the server, and the page. */
const BUNDLERS = ["rolldown", "vite", "preact", "uplot"];

/** What the page at /docs reads the contracts with; in no production install, so the build takes a copy. */
const READER = { package: "@redocly/cli", file: "@redocly/cli/lib/chunks/redoc.standalone.js" };

const root = path.resolve(import.meta.dirname, "..");
/** @param {string} folder */
const at = (folder) => path.join(root, folder);
/** @param {string} folder */
const remove = (folder) => rmSync(at(folder), { recursive: true, force: true });

/**
 * Which devDependencies the build needs and cannot find.
 * @returns {string[]}
 */
function missing() {
  const { devDependencies = {} } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const find = createRequire(at("package.json"));
  return Object.keys(devDependencies)
    .filter(
      (name) => ["typescript", ...BUNDLERS, READER.package].includes(name) || name.startsWith("@types/"),
    )
    .filter((name) => {
      try {
        find.resolve(`${name}/package.json`);
        return false;
      } catch {
        return true;
      }
    });
}

/**
 * Compiles into `dist.new`, beside what runs.
 * @returns {string | undefined} why there is no build, for a person; undefined where there is one
 */
export function buildBeside() {
  const absent = missing();
  if (absent.length > 0) {
    return (
      `The build needs ${absent.join(", ")}, and npm has not installed ${absent.length === 1 ? "it" : "them"}: ` +
      "with NODE_ENV=production it leaves devDependencies out.\n" +
      "Run `npm ci --include=dev`, then build again."
    );
  }
  try {
    const problem = compile();
    if (problem !== undefined) remove(BUILDS.next);
    return problem;
  } catch (error) {
    // A full disk most likely: what was begun would keep it full.
    remove(BUILDS.next);
    return `The build could not be written: ${error instanceof Error ? error.message : error}`;
  }
}

/** @returns {string | undefined} */
function compile() {
  remove(BUILDS.next);
  const compiler = createRequire(at("package.json")).resolve("typescript/package.json");
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(path.dirname(compiler), "bin", "tsc"),
      "-p",
      at("tsconfig.build.json"),
      "--outDir",
      at(BUILDS.next),
    ],
    { cwd: root, stdio: "inherit" },
  );
  if (status === 0 && existsSync(at(path.join(BUILDS.next, "index.js")))) {
    const commit = noteCommit();
    copyFileSync(reader(), at(path.join(BUILDS.next, "reader.js")));
    if (makeClientFiles(commit) && makePage()) return undefined;
    remove(BUILDS.next);
    return "The build failed: what browsers get of it could not be made. Mend what it says above, then build again.";
  }
  return `The build failed (the compiler's exit code is ${status}): mend what it says above, then build again.`;
}

/** @param {string} commit */
function makeClientFiles(commit) {
  const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const release = commit === "" ? version : `${version}+${commit}`;
  const script = at("deploy/client-package.mjs");
  const { status } = spawnSync(process.execPath, [script, at(BUILDS.next), release], { stdio: "inherit" });
  return status === 0;
}

function makePage() {
  const { status } = spawnSync(process.execPath, [at("deploy/page.mjs"), at(BUILDS.next)], {
    stdio: "inherit",
  });
  return status === 0;
}

/** Where npm has put the reader. */
function reader() {
  return createRequire(at("package.json")).resolve(READER.file);
}

/** Which commit it was made of, for the server's `release`; an empty string where that cannot be told. */
function noteCommit() {
  const git = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" });
  const commit = git.status === 0 ? git.stdout.trim() : (process.env.SOURCE_VERSION ?? "").slice(0, 7);
  if (commit !== "") writeFileSync(at(path.join(BUILDS.next, "commit.txt")), `${commit}\n`);
  return commit;
}

/** Puts the build that was made beside in the place of the one that is there, which becomes `dist.old`. */
export function swapIn() {
  replace(BUILDS.next, BUILDS.before);
}

/** Puts the build that was there before `swapIn` back, if there was one; the other becomes `dist.failed`. */
export function swapBack() {
  if (!existsSync(at(BUILDS.before))) return false;
  replace(BUILDS.before, BUILDS.failed);
  return true;
}

/**
 * @param {string} folder
 * @param {string} aside where what is there goes
 */
function replace(folder, aside) {
  remove(aside);
  // A link that leads nowhere is one, too.
  const hasOne = lstatSync(at(BUILDS.now), { throwIfNoEntry: false }) !== undefined;
  if (hasOne) renameSync(at(BUILDS.now), at(aside));
  try {
    renameSync(at(folder), at(BUILDS.now));
  } catch (error) {
    if (hasOne) renameSync(at(aside), at(BUILDS.now));
    throw error;
  }
}

function main() {
  const problem = buildBeside();
  if (problem === undefined) {
    swapIn();
    remove(BUILDS.before);
    return;
  }
  const kept = existsSync(at(BUILDS.now)) ? "dist/ is as it was.\n" : "";
  process.stderr.write(`${problem}\n${kept}`);
  process.exitCode = 1;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main();
