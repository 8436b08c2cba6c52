import { describe, expect, it } from "vitest";
import { oddsUpdateSchema, subscriptionAckSchema } from "../../src/protocol/server-messages.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { jsonFromPython } from "../helpers/python.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

describe("python-socketio", () => {
  for (const transport of ["websocket", "polling"]) {
    it(`subscribes over ${transport}, gets its callback, the ack and boards`, async (context) => {
      const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
      const server = await startAppOn(api);
      const lines = await jsonFromPython(context, "socketio, aiohttp", "client.py", server.url, transport);
      const told = lines as { kind: string; message: unknown }[];
      const answer = told.find(({ kind }) => kind === "callback")?.message;
      expect(answer).toMatchObject({ ok: true, type: "subscription_ack", sport: "basketball_nba" });
      const [ack, ...updates] = told.filter(({ kind }) => kind === "event").map(({ message }) => message);
      expect(subscriptionAckSchema.parse(ack).room).toBe("odds:basketball_nba");
      expect(updates).toHaveLength(2);
      for (const update of updates) {
        expect(oddsUpdateSchema.parse(update).odds[0]?.id).toBe(smallBoard()[0]?.id);
      }
    });
  }
});
