import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { statusSchema } from "../src/board/model.js";
import { loadConfig, VARIABLES } from "../src/config.js";
import { ERROR_STATUS } from "../src/errors.js";
import { EXIT } from "../src/exit-codes.js";
import { clientMessageSchema } from "../src/protocol/client-messages.js";
import { CLOSE, MAX_MESSAGE_BYTES } from "../src/protocol/connections.js";
import { ENDPOINTS } from "../src/protocol/endpoints.js";
import { resyncSchema, serverMessageSchema } from "../src/protocol/server-messages.js";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const filesUnder = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (!entry.isDirectory()) return [file];
    return ["node_modules", "dist", ".git"].includes(entry.name) ? [] : filesUnder(file);
  });

const documents = filesUnder("").filter((file) => file.endsWith(".md"));
const README = "README.md";
const PROTOCOL = "src/protocol/PROTOCOL.md";
const DEPLOY = "deploy/README.md";
const MAP = "src/README.md";

/** A document without its fenced examples, in which a `#` is no heading and a bracket no link. */
const prose = (file: string) => read(file).replace(/^```[\s\S]*?^```$/gm, "");

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose(file).matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The text below a heading, up to the next one that is not below it. */
function section(file: string, heading: string): string {
  const text = prose(file);
  const found = [...text.matchAll(/^(#+) (.+)$/gm)].find(([, , name]) => name === heading);
  if (!found) throw new Error(`${file} has no heading "${heading}"`);
  const rest = text.slice(found.index + found[0].length);
  const end = rest.search(new RegExp(`^#{1,${found[1]?.length}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The cells of each row of a section's tables, heads and rulers left out. */
function rows(text: string): string[][] {
  const lines = text.split("\n");
  return lines
    .filter((line, i) => line.startsWith("|") && !line.startsWith("|--") && !lines[i + 1]?.startsWith("|--"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** What stands in backticks at the beginning of each row. */
const firstWords = (text: string) =>
  rows(text).flatMap(([cell = ""]) => {
    const [, word] = /^`([^`]+)`/.exec(cell) ?? [];
    return word === undefined ? [] : [word];
  });
const inBackticks = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
const sorted = (words: Iterable<string>) => [...words].sort();

describe("every document", () => {
  it.each(documents)("%s: its links lead somewhere", (file) => {
    const dead = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [to = "", anchor] = link.split("#");
        const target = to === "" ? file : path.join(path.dirname(file), to);
        if (!existsSync(path.join(root, target))) return true;
        if (anchor === undefined) return false;
        return !target.endsWith(".md") || !anchorsOf(target).has(anchor);
      });
    expect(dead).toEqual([]);
  });

  it("can be reached from the README", () => {
    const reached = new Set([README]);
    for (const file of reached) {
      for (const [, to = ""] of prose(file).matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)) {
        const target = path.join(path.dirname(file), to);
        if (target.endsWith(".md")) reached.add(target);
      }
    }
    expect(sorted(reached)).toEqual(sorted(documents));
  });

  it("names only paths of REST that there are", () => {
    const named = documents.flatMap((file) => [
      ...read(file).matchAll(/(?<![\w.])\/api\/[a-z]+(?:\/[a-z]+)*/g),
    ]);
    const paths = restPaths();
    expect(sorted(new Set(named.map(([word]) => word))).filter((word) => !paths.includes(word))).toEqual([]);
  });

  it("names only npm commands and programs of bench that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const file of documents) {
      for (const [, name = ""] of read(file).matchAll(/\bnpm run ([a-z:-]+)/g)) {
        expect(scripts, `${file}: npm run ${name}`).toHaveProperty([name]);
      }
      for (const [, at = ""] of read(file).matchAll(/\bnpx tsx ([\w/.-]+)/g)) {
        expect(existsSync(path.join(root, at)), `${file}: ${at}`).toBe(true);
      }
    }
  });
});

describe("the README", () => {
  it("has 150 lines at most", () => {
    expect(read(README).trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  it("has a line for each message", () => {
    expect(sorted(firstWords(section(README, "Messages")))).toEqual(
      sorted([...clientTypes.keys(), ...serverTypes.keys()]),
    );
  });

  it("names only variables that there are", () => {
    const named = firstWords(section(README, "Configuration"));
    expect(named.filter((name) => !VARIABLES.includes(name))).toEqual([]);
  });
});

describe("the table of configuration", () => {
  const table = rows(section(DEPLOY, "Configuration"));

  it("names exactly the variables that the server reads, each once", () => {
    expect(sorted(firstWords(section(DEPLOY, "Configuration")))).toEqual(sorted(VARIABLES));
  });

  it.each([DEPLOY, README])("of %s shows the defaults", (file) => {
    const shown = rows(section(file, "Configuration")).flatMap(([name = "", value = ""]) => {
      const [, plain] = /^`?([^`]*?)`?$/.exec(value) ?? [];
      return plain && /^(`.*`|\d+)$/.test(value) ? [[name.replaceAll("`", ""), plain] as const] : [];
    });
    expect(shown.length).toBeGreaterThan(5);
    expect(loadConfig(Object.fromEntries(shown))).toEqual(loadConfig({}));
  });

  it("is beside a table with exactly the exit codes", () => {
    const told = firstWords(section(DEPLOY, "Checking, and exit codes"));
    expect(told.map(Number)).toEqual(Object.values(EXIT));
  });

  it("says something about each", () => {
    for (const [name, , meaning] of table) expect(meaning?.length, name).toBeGreaterThan(5);
  });
});

const typesOf = (schema: { options: readonly { shape: Record<string, unknown> }[] }) =>
  new Map(
    schema.options.map(({ shape }) => {
      const { type, timestamp: _, ...fields } = shape;
      return [(type as { value: string }).value, Object.keys(fields)];
    }),
  );
const clientTypes = typesOf(clientMessageSchema);
const serverTypes = typesOf(serverMessageSchema);

/** The paths that the routers serve, as their code has them. */
function restPaths(): string[] {
  const routes = (file: string, under: string) =>
    [...read(file).matchAll(/router\.\w+\(\s*"([^"]+)"/g)].map(([, at]) => `${under}${at}`);
  return [
    ...routes("src/transports/rest.ts", "/api"),
    ...routes("src/transports/history.ts", "/api"),
    ...routes("src/transports/http.ts", ""),
    ...routes("src/transports/docs.ts", ""),
    ...routes("src/transports/client-files.ts", ""),
    ...routes("src/transports/page.ts", ""),
  ];
}

describe("the protocol", () => {
  const CLIENT_SAYS = section(PROTOCOL, "What a client says");
  const SERVER_SAYS = section(PROTOCOL, "What the server says");
  const ENDS = section(PROTOCOL, "How connections end, and limits");
  const ofTypes = (text: string, types: ReadonlyMap<string, unknown>) =>
    rows(text).filter(([cell = ""]) => types.has(cell.replaceAll("`", "")));

  it("names exactly the messages that a client may say", () => {
    expect(sorted(firstWords(CLIENT_SAYS))).toEqual(sorted(clientTypes.keys()));
  });

  it("names exactly the messages that the server says", () => {
    expect(sorted(firstWords(SERVER_SAYS))).toEqual(sorted(serverTypes.keys()));
  });

  it.each([
    ["a client's", CLIENT_SAYS, clientTypes],
    ["the server's", SERVER_SAYS, serverTypes],
  ] as const)("names every field of %s messages", (_, text, types) => {
    const table = new Map(
      ofTypes(text, types).map(([type = "", ...said]) => [type.replaceAll("`", ""), said]),
    );
    for (const [type, fields] of types) {
      const said = (table.get(type) ?? []).join(" ");
      const named = new Set(inBackticks(said));
      // "those of `odds_update`, but instead of `odds`".
      const others = [...named].flatMap((other) => types.get(other) ?? []);
      const missing = fields.filter((field) => !named.has(field) && !others.includes(field));
      expect(missing, type).toEqual([]);
    }
  });

  it("names exactly the error codes, each with its HTTP status", () => {
    const table = rows(section(PROTOCOL, "Error codes")).map(([code = "", status]) => [
      code.replaceAll("`", ""),
      Number(status),
    ]);
    expect(Object.fromEntries(table)).toEqual(ERROR_STATUS);
  });

  it("names exactly the close codes", () => {
    const named = rows(ENDS)
      .flatMap(([cell = ""]) => (/^\d{4}/.test(cell) ? [Number(cell.slice(0, 4))] : []))
      // No server sends this one: it is what a client sees where there was no Close.
      .filter((code) => code !== 1006);
    expect(named.sort()).toEqual(Object.values(CLOSE).sort());
  });

  it("names the largest message", () => {
    expect(ENDS).toContain(`${MAX_MESSAGE_BYTES / 1024} KB`);
  });

  it("names exactly the paths of REST", () => {
    const named = [...section(PROTOCOL, "REST").matchAll(/^\*\*`GET ([^`?]+)[^`]*`\*\*/gm)];
    expect(sorted(named.map(([, at = ""]) => at))).toEqual(sorted(restPaths()));
  });

  it("names the paths that the OpenAPI document has", () => {
    expect(sorted(ENDPOINTS.map(({ path: at }) => at))).toEqual(sorted(restPaths()));
  });

  it("names every status, and every reason to send the whole board", () => {
    const states = rows(section(PROTOCOL, "What the fields mean")).flatMap(([cell = ""]) =>
      inBackticks(cell),
    );
    for (const status of statusSchema.options.filter((status) => status !== "live"))
      expect(states).toContain(status);
    const resyncs = rows(section(PROTOCOL, "Subscribing and resuming")).flatMap(([, cell = ""]) =>
      inBackticks(cell),
    );
    expect(sorted(resyncs)).toEqual(sorted(resyncSchema.options));
  });

  it("knows no code, reason or variable that the code does not", () => {
    const code = filesUnder("src")
      .filter((file) => file.endsWith(".ts"))
      .map(read)
      .join("\n");
    const words = inBackticks(prose(PROTOCOL)).filter((word) => /^[A-Z]+(_[A-Z]+)+$/.test(word));
    expect(words.filter((word) => !new RegExp(`\\b${word}\\b`).test(code))).toEqual(["INVALID_MARKET_COMBO"]);
  });
});

describe("the map", () => {
  const files = filesUnder("src")
    .filter((file) => /\.(tsx?|css|svg|html)$/.test(file))
    .map((file) => path.relative("src", file));

  it("has a line for each file, and for no other", () => {
    const named = section(MAP, "Rooms")
      .split(/^### /m)
      .flatMap((room) => {
        const [, folder = ""] = /^`([^`]+)`/.exec(room) ?? [];
        return [...room.matchAll(/^- `([^`]+)`: \S/gm)].map(([, file = ""]) =>
          path.join(folder === "src/" ? "" : folder, file),
        );
      });
    expect(sorted(named)).toEqual(sorted(files));
  });

  it("has the floors that test/floors.test.ts holds", () => {
    const list = /const FLOORS[^=]*= (\[[\s\S]*?\n\]);/.exec(read("test/floors.test.ts"))?.[1] ?? "";
    const floors = JSON.parse(list.replace(/,(\s*\])/g, "$1")) as string[][];
    const rooms = new Set(files.map((file) => file.split("/")[0]?.replace(/\.ts$/, "")));
    const built = floors.map((floor) => sorted(floor.filter((room) => rooms.has(room))));
    const told = rows(section(MAP, "Floors")).map(([, cell = ""]) => sorted(inBackticks(cell)));
    expect(told).toEqual(built.filter((floor) => floor.length > 0));
  });

  it("tells its stories by functions that there are", () => {
    const stops = [...section(MAP, "Two stories").matchAll(/`([\w/-]+\.ts)(?::(\w+))?`/g)];
    expect(stops.length).toBeGreaterThan(20);
    for (const [stop, file = "", name] of stops) {
      const at = path.join(root, "src", file);
      expect(existsSync(at) && statSync(at).isFile(), stop).toBe(true);
      if (name === undefined) continue;
      const defined = new RegExp(
        `^(export (async )?function |  (private )?(async )?)${name}\\((.*[{,])?$`,
        "m",
      );
      expect(defined.test(readFileSync(at, "utf8")), stop).toBe(true);
    }
  });

  it("names files in the glossary that there are", () => {
    const named = [...section(MAP, "Glossary").matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = ""]) => file);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
  });
});
