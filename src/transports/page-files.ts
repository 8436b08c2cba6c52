import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type BuiltFile, builtFile, compressed, notBuilt } from "./built-file.js";

/** Where the build puts the page: beside the compiled server. */
const BUILT_PAGE = fileURLToPath(new URL("../page/", import.meta.url));
/** What deploy/build.mjs adds to a build's folder that another one has taken the place of. */
const SET_ASIDE = [".old", ".failed"];

/** The web page as the build left it: `index.html`, and assets whose names hold their hash. */
export class PageFiles {
  /** Gives the page itself; rejects with `NOT_FOUND` where the build left none. */
  readonly index: () => Promise<BuiltFile>;
  /** Where assets may be: those of this build first. */
  private readonly folders: readonly [string, ...string[]];
  private readonly held = new Map<string, Promise<BuiltFile>>();

  /** `folder`: where this build's page is. */
  constructor(folder = BUILT_PAGE) {
    const build = path.dirname(folder);
    const assetsOf = (suffix: string) => path.join(build + suffix, path.basename(folder), "assets");
    this.folders = [assetsOf(""), ...SET_ASIDE.map(assetsOf)];
    this.index = builtFile(async () => {
      // Beside the source is an index.html, too: what the page is made of, which has no assets.
      if ((await namesIn(this.folders[0])).length === 0) throw notBuilt("page");
      return readFile(path.join(folder, "index.html"));
    });
  }

  /** Reads all of it into memory, and tells whether there is a page. What cannot be read is tried again when it is asked for. */
  async open(): Promise<boolean> {
    try {
      await this.index();
      const [own] = this.folders;
      await Promise.all((await namesIn(own)).map((name) => this.take(own, name)));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * The asset of a name, undefined where there is none. During a rollout a page of one release may ask a process of
   * another: the newer build lies where this one lay, the older one beside it.
   */
  async asset(name: string): Promise<BuiltFile | undefined> {
    const held = this.held.get(name);
    if (held) return held;
    for (const folder of this.folders) {
      // Only what is listed is a name: one with a path in it is none.
      if ((await namesIn(folder)).includes(name)) return this.take(folder, name);
    }
    return undefined;
  }

  private take(folder: string, name: string): Promise<BuiltFile> {
    const held = this.held.get(name);
    if (held) return held;
    const file = readFile(path.join(folder, name)).then(compressed);
    this.held.set(name, file);
    file.catch(() => this.held.delete(name));
    return file;
  }
}

/** The files in a folder; none where there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return [];
  }
}
