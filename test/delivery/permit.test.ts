import { describe, expect, it } from "vitest";
import type { Claims } from "../../src/delivery/claims.js";
import { Permit } from "../../src/delivery/permit.js";

const claims = (of: Partial<Claims> = {}): Claims => ({
  sub: "ann",
  sports: undefined,
  isAdmin: false,
  expiresAt: Date.now() + 60_000,
  ...of,
});

/** A permit whose tokens are verified when the test says so. */
function setUp() {
  const over: string[] = [];
  const done: string[] = [];
  const verifying: ((claims: Claims) => void)[] = [];
  const permit = new Permit(
    () => new Promise((resolve) => verifying.push(resolve)),
    (why) => void over.push(why),
  );
  const present = () =>
    permit.present(
      "token",
      (taken) => {
        permit.give(taken);
        done.push("taken");
      },
      () => done.push("refused"),
    );
  return { permit, present, over, done, verified: (of?: Partial<Claims>) => verifying.shift()?.(claims(of)) };
}

describe("a permit", () => {
  it("has what is said behind a token done behind it, in order, also behind a second one", async () => {
    const { permit, present, done, verified } = setUp();
    expect(permit.putOff(() => done.push("never"))).toBe(false);
    present();
    permit.putOff(() => done.push("one"));
    permit.putOff(() => present());
    permit.putOff(() => done.push("two"));
    expect(done).toEqual([]);
    verified();
    await expect.poll(() => done).toEqual(["taken", "one"]);
    verified();
    await expect.poll(() => done).toEqual(["taken", "one", "taken", "two"]);
  });

  it("forgets a token whose client has left while it was verified, and what was said behind it", async () => {
    const { permit, present, done, over, verified } = setUp();
    present();
    permit.putOff(() => done.push("one"));
    permit.end();
    verified();
    await new Promise((resolve) => setImmediate(resolve));
    expect({ done, over, given: permit.isGiven }).toEqual({ done: [], over: [], given: false });
  });

  it("takes no other client's token in place of its own", async () => {
    const { permit, present, done, over, verified } = setUp();
    present();
    verified();
    await expect.poll(() => done).toEqual(["taken"]);
    present();
    verified({ sub: "bob" });
    await expect.poll(() => done).toEqual(["taken", "refused"]);
    expect({ over, given: permit.isGiven }).toEqual({ over: [], given: true });
    permit.end();
  });

  it("ends at the end of its token, however far that is from what a timer holds", async () => {
    const { permit, over } = setUp();
    permit.give(claims({ expiresAt: Date.now() + 1e12 }));
    expect(over).toEqual([]);
    permit.give(claims({ expiresAt: Date.now() + 50 }));
    await expect.poll(() => over).toEqual(["token expired"]);
  });
});
