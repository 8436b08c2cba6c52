import { describe, expect, it } from "vitest";
import { closeAfter } from "./helpers/closing.js";

const closed: string[] = [];
let firstIsOver = () => {};
const firstOver = new Promise<void>((resolve) => {
  firstIsOver = resolve;
});

describe.concurrent("Of tests that run side by side, each closes what it opened,", () => {
  it("last first, when it ends", () => {
    closeAfter("first", () => firstIsOver());
    for (const name of ["a", "b"]) closeAfter(name, (it) => closed.push(it));
  });

  it("and not what another one still uses", async () => {
    closeAfter("c", (it) => closed.push(it));
    await firstOver;
    await Promise.resolve();
    closeAfter("d", (it) => closed.push(it));
    expect(closed).toEqual(["b", "a"]);
  });
});

it("All is closed once they are over", () => expect(closed).toEqual(["b", "a", "d", "c"]));
