import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const LIMIT = 10;

describeWithRedis("The limit of REST requests", () => {
  it("counts what a client asks of all processes, and of each alone while Redis is away", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const redis = await startRedis();
    const env = { REDIS_URL: redis.url, RATE_LIMIT_MAX: String(LIMIT) };
    const apps = [await startAppOn(api, env), await startAppOn(api, env)];
    const ask = async (i: number) => (await fetch(`${apps[i % 2]?.url}/api/odds/sports`)).status;
    const answers: number[] = [];
    for (let i = 0; i < LIMIT + 4; i += 1) answers.push(await ask(i));
    expect(answers).toEqual([...Array(LIMIT).fill(200), ...Array(4).fill(429)]);

    await redis.kill();
    await eventually(async () => ((await ask(0)) === 200 && (await ask(1)) === 200) || undefined);
    await redis.start();
    // It comes back empty, and counts again for both.
    await eventually(async () => {
      const told = await fetch(`${apps[0]?.url}/api/odds/sports`);
      return told.status === 429 || undefined;
    });
    await eventually(async () => (await ask(1)) === 429 || undefined);
  });
});
