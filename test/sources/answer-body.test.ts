import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { textOf } from "../../src/sources/answer-body.js";

describe("The text of an answer", () => {
  it("is whole where a character is cut in two", async () => {
    const bytes = Buffer.from("Málaga – 東京 🏀");
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await textOf(Readable.from(pieces, { objectMode: false }), 100)).toBe("Málaga – 東京 🏀");
  });

  it("is empty where nothing comes", async () => {
    expect(await textOf(Readable.from([], { objectMode: false }), 100)).toBe("");
  });

  it("is not taken where it is longer than may be, and the rest is not read", async () => {
    let read = 0;
    const endless = new Readable({
      read() {
        read += 1;
        this.push(Buffer.alloc(1000, " "));
      },
    });
    await expect(textOf(endless, 10_000)).rejects.toThrow("too large");
    expect(endless.destroyed).toBe(true);
    expect(read).toBeLessThan(200);
  });

  it("is none where the answer breaks or is cut off", async () => {
    const broken = new Readable({ read: () => undefined });
    const text = textOf(broken, 100);
    broken.push("[1,");
    broken.destroy(new Error("broken"));
    await expect(text).rejects.toThrow("broken");
    const cut = new Readable({ read: () => undefined });
    const other = textOf(cut, 100);
    cut.push("[1,");
    cut.destroy();
    await expect(other).rejects.toThrow("cut off");
  });
});
