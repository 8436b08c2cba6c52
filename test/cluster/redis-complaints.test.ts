import { expect, it } from "vitest";
import { RedisComplaints } from "../../src/cluster/redis-complaints.js";
import { rememberingLog } from "../helpers/start-app.js";

it("Two reasons that alternate while Redis is away are told once each, and again when it was back", () => {
  const log = rememberingLog();
  const complaints = new RedisComplaints(log);
  const away = () => {
    for (let i = 0; i < 10; i += 1) {
      complaints.say(new Error("connect ECONNREFUSED"), false);
      complaints.say(new Error("The client is offline"), false);
    }
  };
  away();
  expect(log.lines.map(({ fields }) => fields.reason)).toEqual([
    "connect ECONNREFUSED",
    "The client is offline",
  ]);
  complaints.over();
  away();
  expect(log.lines).toHaveLength(4);
});

it("Reasons without end are not all kept", () => {
  const log = rememberingLog();
  const complaints = new RedisComplaints(log);
  for (let i = 0; i < 1000; i += 1) complaints.say(new Error(`no. ${i}`), false);
  expect(log.lines.length).toBeLessThanOrEqual(20);
});
