import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { describeWithRedis, startRedis, type TestRedis } from "../helpers/redis.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

const TROUBLES: readonly {
  what: string;
  begin: string[];
  end: string[];
  says: RegExp;
}[] = [
  {
    what: "is out of memory",
    begin: ["CONFIG", "SET", "maxmemory", "1"],
    end: ["CONFIG", "SET", "maxmemory", "0"],
    says: /out of memory/,
  },
  {
    what: "takes no writes",
    begin: ["REPLICAOF", "127.0.0.1", "1"],
    end: ["REPLICAOF", "NO", "ONE"],
    says: /replica/,
  },
];

/** The names of the connections of others that stand. */
async function connections(redis: TestRedis): Promise<string[]> {
  const list = String(await redis.command("CLIENT", "LIST"));
  return [...list.matchAll(/^id=(\d+) .* cmd=(?!client)/gm)].map(([, id]) => id ?? "").sort();
}

describeWithRedis("A Redis that answers, with errors", () => {
  it.each(TROUBLES)(
    "as it $what, is not called silent or unreachable: the log says what it says, and its connections stay",
    { timeout: 120_000 },
    async ({ begin, end, says }) => {
      const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
      const redis = await startRedis();
      const app = await startAppOn(api, { REDIS_URL: redis.url });
      const client = await wsClient(app);
      client.say({ type: "subscribe", sport: SPORT });
      await client.inbox.first("odds_update", ({ status }) => status === "live");
      const before = await connections(redis);
      const errors = () => app.log.lines.filter(({ level }) => level === "error");

      await redis.command(...begin);
      await client.inbox.next("odds_update", ({ reason }) => reason === "CLUSTER_UNAVAILABLE");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(errors().map(({ message }) => message)).toEqual([
        expect.stringMatching(says),
        expect.stringMatching(/answers with errors/),
      ]);
      expect(app.log.lines.some(({ message }) => /silent|cannot be reached/.test(message))).toBe(false);
      expect(await connections(redis)).toEqual(before);

      await redis.command(...end);
      await client.inbox.next("odds_update", ({ status }) => status === "live");
      // Should it come again, that is news.
      await redis.command(...begin);
      await eventually(() => errors().length >= 4 || undefined);
    },
  );
});
