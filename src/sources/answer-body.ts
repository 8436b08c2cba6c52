import type { Readable } from "node:stream";

/**
 * The text of an answer, of at most so many characters: decoded piece by piece as it comes. Collected as bytes first, as
 * axios does, each answer would be copied twice to memory outside the heap, which has V8 collect its garbage sooner.
 * Rejects with what went wrong.
 */
export function textOf(answer: Readable, maxLength: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => {
      text += piece;
      if (text.length > maxLength) answer.destroy(new Error("The answer is too large."));
    });
    answer.once("end", () => resolve(text));
    // Each of them: one without a listener would end the process.
    answer.on("error", reject);
    // Cut off without a word: after an end or an error this changes nothing.
    answer.once("close", () => reject(new Error("The answer was cut off.")));
  });
}
