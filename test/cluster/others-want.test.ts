import { describe, expect, it } from "vitest";
import { Peers } from "../../src/cluster/peers.js";
import { writeNodeInfo } from "../../src/cluster/record-codec.js";
import { Faults } from "../../src/faults.js";
import type { ClusterListener } from "../../src/polling/cluster.js";
import { rememberingLog } from "../helpers/start-app.js";

const ME = "000000000000";
const OTHER = "aaaaaaaaaaaa";

function nodeInfo(sports: readonly string[], turn: number): string {
  const wanted = new Map(sports.map((sport) => [sport, 1]));
  return writeNodeInfo({ clients: 1, wanted, epoch: "e", positions: new Map() }, turn);
}

function setUp() {
  const wanted = new Map<string, string[]>();
  const listener = {
    wants: (id: string, weights: ReadonlyMap<string, number>) => void wanted.set(id, [...weights.keys()]),
  } as unknown as ClusterListener;
  const log = rememberingLog();
  return { others: new Peers(ME, new Faults(log)), listener, wanted, log };
}

describe("What another process wants", () => {
  it("is not undone by what it told of itself before it said so", () => {
    const { others, listener, wanted } = setUp();
    others.see(listener, new Map([[OTHER, nodeInfo([], 0)]]));
    others.hear(listener, OTHER, new Map([["basketball_nba", 1]]), 1);
    others.see(listener, new Map([[OTHER, nodeInfo([], 0)]]));
    expect(wanted.get(OTHER)).toEqual(["basketball_nba"]);
    others.see(listener, new Map([[OTHER, nodeInfo([], 1)]]));
    expect(wanted.get(OTHER)).toEqual([]);
  });

  it("outlives one look at a Redis that has lost it", () => {
    const { others, listener, wanted } = setUp();
    others.see(listener, new Map([[OTHER, nodeInfo(["icehockey_nhl"], 0)]]));
    others.see(listener, new Map());
    expect(wanted.get(OTHER)).toEqual(["icehockey_nhl"]);
    others.see(listener, new Map());
    expect(wanted.get(OTHER)).toEqual([]);
  });

  it("is unknown where it cannot be read, which stops nobody and is said once", () => {
    const { others, listener, wanted, log } = setUp();
    const third = "bbbbbbbbbbbb";
    for (let look = 0; look < 3; look += 1) {
      others.see(
        listener,
        new Map([
          [OTHER, `rubbish ${look}`],
          [third, nodeInfo(["icehockey_nhl"], 0)],
        ]),
      );
    }
    expect(wanted.get(third)).toEqual(["icehockey_nhl"]);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});
