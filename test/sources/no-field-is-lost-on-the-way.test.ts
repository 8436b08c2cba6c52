import { expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { read, writeStep } from "../../src/cluster/message-codec.js";
import { ID_LENGTH } from "../../src/identity.js";
import { checkBoard } from "../../src/sources/upstream-board.js";
import { smallBoard } from "../helpers/fake-odds-api.js";

const status = {
  pollStatus: { nextFetchAt: 0, everyMs: 5000, trouble: undefined },
  quota: undefined,
  phaseMs: 0,
  why: "send" as const,
};

/** A board as another process has it that heard of it. */
async function heard(events: readonly OddsEvent[]): Promise<unknown> {
  const step = new BoardStore().draft("nba", { events: [...events], fetchedAt: 1 });
  const { message } = read(await writeStep("x".repeat(ID_LENGTH), step, status));
  return message.kind === "step" && { here: step.board.events, there: message.step.board.events };
}

it.each(["event", "bookmaker", "market", "outcome"])(
  "A board is the same in every process where the upstream gives its %s a field that schemas leave out",
  async (what) => {
    const text = JSON.stringify(smallBoard());
    const before = { event: '"id":', bookmaker: '"title":', market: '"outcomes":', outcome: '"price":' }[
      what
    ];
    const odd = text.replaceAll(before ?? "", `"__proto__":1,${before}`);
    const { items = [] } = checkBoard([...JSON.parse(odd), { ...smallBoard()[0], id: "another" }]) ?? {};
    const { here, there } = (await heard(items)) as { here: unknown; there: unknown };
    expect(JSON.parse(JSON.stringify(there))).toEqual(JSON.parse(JSON.stringify(here)));
    expect(JSON.stringify(here)).not.toContain("__proto__");
    expect(items.at(-1)?.id).toBe("another");
  },
);
