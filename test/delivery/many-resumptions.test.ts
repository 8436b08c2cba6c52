import { expect, it, vi } from "vitest";
import { ViewFilter } from "../../src/board/view-filter.js";
import { Hub } from "../../src/delivery/hub.js";
import { MAX_DELTAS, MAX_VIEW_DELTAS, MessageCache } from "../../src/delivery/message-cache.js";
import { Metrics } from "../../src/metrics.js";
import { smallBoard } from "../helpers/fake-odds-api.js";
import { literalConnection, quietFeed } from "../helpers/literal-delivery.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

it.each([
  ["a board", undefined, MAX_DELTAS],
  ["a view", new ViewFilter({ bookmakers: ["fanduel"] }), MAX_VIEW_DELTAS],
] as const)(
  "Somebody who resumes from every version there was of %s has few deltas made, and else gets it whole",
  (_, view, most) => {
    const { feed, boards, log } = quietFeed();
    for (let i = 1; i <= 200; i += 1) boards.put(SPORT, { events: smallBoard(1 + i / 100), fetchedAt: i });
    const hub = new Hub(feed, new MessageCache(feed), new Metrics().transports, log);
    const merged = closeAfter(vi.spyOn(feed, "since"), (spy) => spy.mockRestore());
    const told: string[] = [];
    const connection = literalConnection({
      write: (frame, sent) => {
        told.push((JSON.parse(frame.json) as { type: string }).type);
        sent?.();
      },
    });
    const answers: (string | null)[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let version = 1; version <= 200; version += 1) {
        const subscription = hub.join(
          SPORT,
          connection,
          "delta",
          { epoch: feed.epoch(SPORT), version },
          view,
        );
        answers.push(subscription.resync);
        subscription.catchUp();
        subscription.leave();
      }
    }
    expect(merged.mock.calls.length).toBeLessThanOrEqual(most);
    // What is promised is what comes.
    expect(told).toEqual(answers.map((resync) => (resync === null ? "odds_delta" : "odds_update")));
    expect(answers.filter((resync) => resync === null)).toHaveLength(3 * most);
  },
);
