import { execFile, execFileSync } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { oddsUpdateSchema, subscriptionAckSchema } from "../../src/gateways/protocol.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const script = path.resolve(import.meta.dirname, "client.py");

/** A Python that has python-socketio (Debian: python3-socketio, python3-aiohttp); undefined where there is none. */
const python = ["/usr/bin/python3", "python3"].find((candidate) => {
  try {
    execFileSync(candidate, ["-c", "import socketio, aiohttp"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

describe("python-socketio", () => {
  for (const transport of ["websocket", "polling"]) {
    it(`subscribes over ${transport}, gets its callback, the ack and boards`, async (context) => {
      if (python === undefined && !process.env.CI) {
        context.skip("no python3 with socketio and aiohttp here; .ci/run installs them");
      }
      expect(
        python,
        "CI must have python3-socketio and python3-aiohttp: .ci/run installs them",
      ).toBeDefined();
      const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
      const server = await startAppOn(api);
      const { stdout } = await promisify(execFile)(python ?? "", [script, server.url, transport]);
      const told = stdout
        .trim()
        .split("\n")
        .map((line): { kind: string; message: unknown } => JSON.parse(line));
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
