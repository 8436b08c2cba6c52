import { describe, expect, it } from "vitest";
import type { Sport } from "../../src/board/model.js";
import { SportsCatalog } from "../../src/polling/catalog.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { SourceError } from "../../src/source-error.js";
import { sport } from "../helpers/fake-odds-api.js";

const HOUR = 60 * 60_000;

/** A source whose list can be set, or set to fail, and a clock. */
function setup(keys: string[], allowed?: string[]) {
  const upstream = { list: keys.map((key) => sport(key)) as Sport[] | Error, reads: 0 };
  const clock = { now: 10 * HOUR };
  const source: OddsSource = {
    name: "simulated",
    sports: async () => {
      upstream.reads += 1;
      if (upstream.list instanceof Error) throw upstream.list;
      return { sports: upstream.list };
    },
    board: () => Promise.reject(new Error("not asked for")),
    close: () => {},
  };
  return { upstream, clock, catalog: new SportsCatalog(source, allowed, undefined, () => clock.now) };
}

const FAILURE = new SourceError("UPSTREAM_FAILED", "It failed.", "retry");

describe("the sports list", () => {
  it("is read once an hour, however often it is asked for", async () => {
    const { catalog, upstream, clock } = setup(["a"]);
    await Promise.all([catalog.find("a"), catalog.find("a"), catalog.list()]);
    clock.now += HOUR - 1;
    await catalog.find("a");
    expect(upstream.reads).toBe(1);
    clock.now += 1;
    await catalog.find("a");
    expect(upstream.reads).toBe(2);
  });

  it("serves while it is read anew, and when that fails", async () => {
    const { catalog, upstream, clock } = setup(["a"]);
    await catalog.find("a");
    clock.now += HOUR;
    upstream.list = FAILURE;
    expect((await catalog.find("a")).key).toBe("a");
    clock.now += 1000;
    await catalog.find("a");
    expect(upstream.reads).toBe(2);
    clock.now += 2000;
    await catalog.find("a");
    expect(upstream.reads).toBe(3);
  });

  it("rejects with its failure while none could be read, without asking each time", async () => {
    const { catalog, upstream, clock } = setup([]);
    upstream.list = FAILURE;
    await expect(catalog.find("a")).rejects.toBe(FAILURE);
    await expect(catalog.list()).rejects.toBe(FAILURE);
    expect(upstream.reads).toBe(1);
    // By the first retry of a failed read, the list may be read again.
    upstream.list = [sport("a")];
    clock.now += 2000;
    expect((await catalog.find("a")).key).toBe("a");
  });

  it("passes every well-formed key before it is read, and only its own ones after", async () => {
    const { catalog } = setup(["a"]);
    expect(catalog.refusal("b")).toBeUndefined();
    await catalog.list();
    expect(catalog.refusal("a")).toBeUndefined();
    expect(catalog.refusal("b")).toMatchObject({ code: "UNKNOWN_SPORT" });
    await expect(catalog.find("b")).rejects.toMatchObject({ code: "UNKNOWN_SPORT", recovery: "remember" });
  });

  it.each(["", "A", "../../x", "a b", "a/b", "a?b", "ø", "a".repeat(101), "a\n"])(
    "refuses what is no sport key before it is read: %j",
    (key) => {
      expect(setup([]).catalog.refusal(key)).toMatchObject({ code: "UNKNOWN_SPORT" });
    },
  );

  it.each(["__proto__", "constructor", "hasownproperty"])("knows no sport of the name %s", async (key) => {
    const { catalog } = setup(["a"]);
    await catalog.list();
    expect(catalog.refusal(key)).toMatchObject({ code: "UNKNOWN_SPORT" });
  });

  it("gives clients the allowed sports only, and names those that are misspelt", async () => {
    const { catalog } = setup(["a", "b"], ["b", "bb"]);
    expect((await catalog.list()).map(({ key }) => key)).toEqual(["b"]);
    expect(catalog.refusal("a")).toMatchObject({ code: "SPORT_NOT_ALLOWED" });
    expect(catalog.refusal("b")).toBeUndefined();
    expect(await catalog.misspelt()).toEqual(["bb"]);
  });
});
