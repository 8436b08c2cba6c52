import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { applyDelta, type ClientBoard, DeltaGap } from "../../src/client/apply-delta.js";
import type { OddsDelta } from "../../src/client/messages.js";
import { oddsDeltaSchema, oddsUpdateSchema } from "../../src/protocol/server-messages.js";
import { jsonFromPython } from "../helpers/python.js";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(root, "src/protocol/vectors");

/** A board, a delta, and what comes of it; `error` where the delta may not be applied. */
interface Vector {
  readonly name: string;
  readonly rule: string;
  readonly board: ClientBoard;
  readonly delta: OddsDelta;
  readonly result?: ClientBoard;
  readonly error?: "gap";
}

const files = readdirSync(folder).map((file) => path.join(folder, file));
const vectors = files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Vector[]);
const outcomeOf = ({ name, result, error }: Pick<Vector, "name" | "result" | "error">) =>
  error ? { name, error } : { name, result };

const document = readFileSync(path.join(root, "src/protocol/PROTOCOL.md"), "utf8");
/** From one heading, or bold words, of the document to the next heading. */
function part(begin: string): string {
  const at = document.indexOf(`\n${begin}`);
  if (at < 0) throw new Error(`PROTOCOL.md has no "${begin}"`);
  const rest = document.slice(at + begin.length);
  return rest.slice(0, rest.search(/\n#+ /));
}

/** The rules of the document, named as the vectors name them. */
function rulesOfTheDocument(): string[] {
  const rows = (begin: string) =>
    [...part(begin).matchAll(/^\| `(\w+)/gm)].map(([, word = ""]) => word).filter((word) => word !== "field");
  const numbered = (begin: string, name: string) =>
    [...part(begin).matchAll(/^(\d)\. /gm)].map(([, digit]) => `${name} ${digit}`);
  return [
    ...rows("### `odds_delta`"),
    ...numbered("**When it may be applied.**", "when"),
    ...rows("### `changes`"),
    ...numbered("### Step by step", "step"),
    "example",
    "random",
  ];
}

describe("The vectors", () => {
  it("have a case for every rule of the document, and for no other", () => {
    const rules = rulesOfTheDocument();
    expect(rules.length).toBeGreaterThan(18);
    expect([...new Set(vectors.map(({ rule }) => rule))].sort()).toEqual(rules.sort());
  });

  it("each have a name of their own", () => {
    const names = vectors.map(({ rule, name }) => `${rule}: ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("hold boards and deltas that a server may send", () => {
    for (const { rule, name, board, delta, result } of vectors) {
      for (const each of result ? [board, result] : [board]) {
        expect(oddsUpdateSchema.safeParse({ type: "odds_update", ...each }).error, `${rule}: ${name}`).toBe(
          undefined,
        );
      }
      expect(oddsDeltaSchema.safeParse(delta).error, `${rule}: ${name}`).toBe(undefined);
    }
  });

  it("hold the document's example", () => {
    const [, example = ""] = /```json\n([\s\S]*?)\n```/.exec(part("### An example")) ?? [];
    expect(vectors.find(({ rule }) => rule === "example")?.delta).toEqual(JSON.parse(example));
  });

  it("weigh less than 200 KB", () => {
    expect(files.reduce((sum, file) => sum + readFileSync(file).length, 0)).toBeLessThan(200_000);
  });

  it.each(vectors.map((vector) => [vector.rule, vector.name, vector] as const))(
    "are what applyDelta makes: %s: %s",
    (_rule, name, { board, delta, ...expected }) => {
      const held = JSON.stringify(board);
      const apply = () => {
        try {
          return { name, result: applyDelta(board, delta) };
        } catch (error) {
          if (error instanceof DeltaGap) return { name, error: "gap" };
          throw error;
        }
      };
      expect(apply()).toEqual(outcomeOf(expected));
      expect(JSON.stringify(board)).toBe(held);
    },
  );

  it("are what the example in Python makes, by the document alone", async (context) => {
    const example = path.join(root, "examples/python");
    const made = await jsonFromPython(context, "websockets", "apply_vectors.py", example, ...files);
    expect(made).toEqual(vectors.map(outcomeOf));
  });
});
