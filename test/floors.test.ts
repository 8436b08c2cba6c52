import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const src = path.resolve(import.meta.dirname, "../src");

/** The house's floors: a room is a file right under src, or a folder with all that is in it. */
const FLOORS: readonly (readonly string[])[] = [
  [
    "config",
    "variables",
    "exit-codes",
    "logger",
    "log-file",
    "errors",
    "source-error",
    "faults",
    "native-work",
    "identity",
    "metrics",
    "recent-errors",
  ],
  ["prices", "board"],
  ["protocol"],
  ["polling"],
  ["delivery", "sources", "cluster", "history"],
  ["transports"],
  ["lifecycle", "memory", "check-services", "client"],
  ["app", "check"],
  ["index", "page"],
];
/** The files of the ground floor and the way up see one another; rooms do not. */
const OPEN: readonly number[] = [0];

interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const IMPORT = /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

const files: readonly SourceFile[] = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => {
    const text = readFileSync(path.join(src, name), "utf8");
    return { name, text, imports: [...text.matchAll(IMPORT)].map(([, at, dynamic]) => at ?? dynamic ?? "") };
  });

/** The file that an import leads to: `.js` stands for what is compiled to it. */
function sourceOf(imported: string): string {
  const source = imported.replace(/\.js$/, ".ts");
  return files.some(({ name }) => name === source) ? source : `${source}x`;
}

const roomOf = (name: string) => name.split("/")[0]?.replace(/\.[jt]s$/, "") ?? "";
const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** The room that an import leads to; undefined for a package. */
function roomImported(by: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? roomOf(path.join(path.dirname(by), specifier)) : undefined;
}

describe("the floors of the house", () => {
  it("finds the imports it is about", () => {
    const app = files.find(({ name }) => name === "app.ts");
    expect(app?.imports).toEqual(expect.arrayContaining(["./config.js", "./polling/create-odds.js"]));
    const protocol = files.find(({ name }) => name === "protocol/server-messages.ts");
    expect(protocol?.imports).toEqual(
      expect.arrayContaining(["zod", "./error-codes.js", "../board/model.js"]),
    );
  });

  it.each(files)("$name stands on a floor and imports nothing from above or from a neighbour", (file) => {
    const room = roomOf(file.name);
    const floor = floorOf(room);
    expect(floor, `${room} is on no floor: give it one in this test`).toBeGreaterThanOrEqual(0);
    for (const specifier of file.imports) {
      const other = roomImported(file.name, specifier);
      if (other === undefined || other === room) continue;
      const otherFloor = floorOf(other);
      expect(otherFloor, `${specifier} is not above`).toBeLessThanOrEqual(floor);
      if (!OPEN.includes(floor)) expect(otherFloor, `${specifier} is not a neighbour`).toBeLessThan(floor);
    }
  });

  it("lets the client know nothing of the server but the wire, and the server nothing of the client", () => {
    const imports = files.flatMap(({ name, imports }) =>
      imports.map((specifier) => ({ name, specifier, other: roomImported(name, specifier) })),
    );
    const ofClient = imports.filter(({ name, other }) => roomOf(name) === "client" && other !== "client");
    expect(
      ofClient.filter(({ other }) => other !== undefined && other !== "protocol" && other !== "prices"),
    ).toEqual([]);
    const users = imports.filter(({ other }) => other === "client").map(({ name }) => roomOf(name));
    expect([...new Set(users)].filter((room) => room !== "client")).toEqual(["page"]);
  });

  it("lets the page know nothing but what any frontend can have", () => {
    const ofPage = files
      .filter(({ name }) => roomOf(name) === "page")
      .flatMap(({ name, imports }) => imports.map((specifier) => roomImported(name, specifier) ?? specifier));
    expect(ofPage.length).toBeGreaterThan(0);
    const known = ["page", "client", "prices", "preact", "preact/hooks", "uplot"];
    expect(ofPage.filter((room) => !known.includes(room) && !room.startsWith("uplot/"))).toEqual([]);
  });

  it("lets prices know nobody: frontends get them as they are", () => {
    const ofPrices = files
      .filter(({ name }) => roomOf(name) === "prices")
      .flatMap(({ name, imports }) => imports.map((specifier) => [specifier, roomImported(name, specifier)]));
    expect(ofPrices.length).toBeGreaterThan(0);
    expect(ofPrices.filter(([, room]) => room !== "prices")).toEqual([]);
  });

  it("has no circle of files, within a room either", () => {
    const importsOf = new Map(
      files.map(({ name, imports }) => [
        name,
        imports
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => sourceOf(path.join(path.dirname(name), specifier))),
      ]),
    );
    const done = new Set<string>();
    const visit = (name: string, way: readonly string[]): void => {
      if (way.includes(name))
        throw new Error(`A circle: ${[...way.slice(way.indexOf(name)), name].join(" → ")}`);
      if (done.has(name)) return;
      for (const next of importsOf.get(name) ?? []) visit(next, [...way, name]);
      done.add(name);
    };
    for (const { name } of files) visit(name, []);
  });

  it("lets only index.ts touch the process", () => {
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const touching = files.filter(({ text, imports }) => {
      return /\bprocess\s*[.[]/.test(code(text)) || imports.some((at) => /^(node:)?process$/.test(at));
    });
    expect(touching.map(({ name }) => name)).toEqual(["index.ts"]);
  });

  it("keeps the domain free of every transport and store", () => {
    const foreign = files
      .filter(({ name }) => ["board", "polling", "prices"].includes(roomOf(name)))
      .flatMap(({ imports }) => imports)
      .filter((specifier) => !specifier.startsWith("."));
    const pure = ["node:crypto", "node:util", "zod"];
    expect(foreign.filter((specifier) => !pure.includes(specifier))).toEqual([]);
  });

  it("lets only the real source speak to the upstream, and only the transports to clients", () => {
    const users = (packages: readonly string[]) => [
      ...new Set(
        files
          .filter(({ imports }) => imports.some((specifier) => packages.includes(specifier)))
          .map(({ name }) => roomOf(name)),
      ),
    ];
    expect(users(["axios"])).toEqual(["sources"]);
    expect(users(["express", "socket.io", "ws"])).toEqual(["transports"]);
  });
});
