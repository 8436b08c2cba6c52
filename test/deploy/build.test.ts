import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/process.js";

const repository = path.resolve(import.meta.dirname, "../..");

/** A project with this build and one source file, and with a build of before in `dist/`. */
function project({ modules, source }: { modules: boolean; source: string }) {
  const folder = temporaryFolder();
  const build = ["build.mjs", "client-package.mjs", "page.mjs"].map((file) => `deploy/${file}`);
  for (const file of [
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "src/client",
    "src/prices",
    "src/page",
    ...build,
  ])
    cpSync(path.join(repository, file), path.join(folder, file), { recursive: true });
  if (modules) symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "dist"));
  writeFileSync(path.join(folder, "src/index.ts"), source);
  writeFileSync(path.join(folder, "dist/index.js"), "before");
  return {
    index: () => readFileSync(path.join(folder, "dist/index.js"), "utf8"),
    folders: () => readdirSync(folder).filter((name) => name.startsWith("dist")),
    build: (first = "") =>
      spawnSync(
        "bash",
        ["-c", `${first} exec "$0" "$1"`, process.execPath, path.join(folder, "deploy/build.mjs")],
        {
          encoding: "utf8",
        },
      ),
    path: (file: string) => path.join(folder, file),
  };
}

describe("npm run build", () => {
  it("is what package.json says", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8"));
    expect(scripts.build).toBe("node deploy/build.mjs");
  });

  it("puts a whole build in the place of the one before", () => {
    const site = project({ modules: true, source: "export const one: number = 1;\n" });
    writeFileSync(site.path("dist/gone.js"), "");
    expect(site.build().status).toBe(0);
    expect(site.index()).toContain("const one = 1");
    expect(existsSync(site.path("dist/gone.js"))).toBe(false);
    // Production installs leave out the package that it is of.
    expect(readFileSync(site.path("dist/reader.js"), "utf8")).toContain("Redoc");
    expect(readFileSync(site.path("dist/client.js"), "utf8")).toContain("live-odds-client");
    expect(existsSync(site.path("dist/live-odds-client.tgz"))).toBe(true);
    expect(readFileSync(site.path("dist/page/index.html"), "utf8")).toMatch(/src="\/assets\/[\w-]+\.js"/);
    expect(site.folders()).toEqual(["dist"]);
  });

  it.each(["elsewhere", "nowhere"])(
    "takes the place of a link, and leaves alone what it leads to: %s",
    (to) => {
      const site = project({ modules: true, source: "export const one: number = 1;\n" });
      writeFileSync(site.path("deploy/page.mjs"), "");
      renameSync(site.path("dist"), site.path("elsewhere"));
      symlinkSync(to, site.path("dist"));
      expect(site.build().status).toBe(0);
      expect(site.index()).toContain("const one = 1");
      expect(readFileSync(site.path("elsewhere/index.js"), "utf8")).toBe("before");
      expect(site.folders()).toEqual(["dist"]);
    },
  );

  it("leaves the build before alone where types are wrong, although tsc writes files", () => {
    const site = project({ modules: true, source: 'export const one: number = "1";\n' });
    const { status, stderr, stdout } = site.build();
    expect(status).toBe(1);
    expect(stdout).toContain("TS2322");
    expect(stderr).toMatch(/The build failed[\s\S]*dist\/ is as it was/);
    expect(site.index()).toBe("before");
    expect(site.folders()).toEqual(["dist"]);
  });

  it("leaves it alone where the disk takes no more, says so, and leaves nothing on it", () => {
    const site = project({ modules: true, source: "export const one: number = 1;\n" });
    // The reader is larger than a file may be here, the server is not.
    const { status, stderr } = site.build("ulimit -f 100;");
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not be written: EFBIG[\s\S]*dist\/ is as it was/);
    expect(stderr).not.toMatch(/^ *at /m);
    expect(site.index()).toBe("before");
    expect(site.folders()).toEqual(["dist"]);
  });

  it("leaves it alone where the compiler's files do not fit", () => {
    const long = `export const long = "${"x".repeat(200_000)}";\n`;
    const site = project({ modules: true, source: long });
    const { status, stderr } = site.build("ulimit -f 100;");
    expect(status).toBe(1);
    expect(stderr).toContain("dist/ is as it was");
    expect(site.index()).toBe("before");
    expect(site.folders()).toEqual(["dist"]);
  });

  it.each([
    ["client library", "client-package.mjs"],
    ["page", "page.mjs"],
  ])("leaves it alone where the %s cannot be made", (_, file) => {
    const site = project({ modules: true, source: "export const one: number = 1;\n" });
    writeFileSync(site.path(`deploy/${file}`), "process.exit(1);\n");
    const { status, stderr } = site.build();
    expect(status).toBe(1);
    expect(stderr).toMatch(/what browsers get[\s\S]*dist\/ is as it was/);
    expect(site.index()).toBe("before");
    expect(site.folders()).toEqual(["dist"]);
  });

  it("leaves it alone where devDependencies are missing, and says what to do", () => {
    const site = project({ modules: false, source: "export const one: number = 1;\n" });
    const { status, stderr } = site.build();
    expect(status).toBe(1);
    expect(stderr).toMatch(/needs [^:]*typescript, [\s\S]*npm ci --include=dev[\s\S]*dist\/ is as it was/);
    expect(stderr).not.toMatch(/^ *at /m);
    expect(site.index()).toBe("before");
  });
});
