import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { loadConfig, VARIABLES } from "../src/config.js";

const text = readFileSync(path.resolve(import.meta.dirname, "../.env.example"), "utf8");
const ASSIGNMENT = /^# ([A-Z][A-Z0-9_]*)=(.*)$/;
const shown = text.split("\n").flatMap((line) => {
  const [, name, value] = ASSIGNMENT.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value] as const];
});

describe(".env.example", () => {
  it("lists exactly the variables that the server reads, each once", () => {
    expect(shown.map(([name]) => name).sort()).toEqual([...VARIABLES].sort());
  });

  it("shows the defaults", () => {
    expect(loadConfig(Object.fromEntries(shown))).toEqual(loadConfig({}));
  });

  it("sets nothing when it is copied as it is", () => {
    expect(parse(text)).toEqual({});
  });

  it("says something about each variable", () => {
    const paragraphs = text.split(/\n{2,}/).filter((paragraph) => /^# [A-Z0-9_]+=/m.test(paragraph));
    for (const paragraph of paragraphs) {
      const words = paragraph.split("\n").filter((line) => !ASSIGNMENT.test(line));
      expect(words.join("\n"), paragraph).toMatch(/^# .{20}/);
    }
  });
});
