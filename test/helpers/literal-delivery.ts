import type { Connection } from "../../src/delivery/connection.js";
import { TransportCounts } from "../../src/metrics.js";
import type { BoardView } from "../../src/polling/board-view.js";
import { pollingParts } from "./polling-parts.js";
import { rememberingLog } from "./start-app.js";

/** A board as a client sees it, as plain values. */
export function literalView(sport: string): BoardView {
  return {
    seenAt: 1,
    sport,
    epoch: "e",
    version: 7,
    events: [],
    nextFetchAt: 0,
    fetchedAt: 1,
    source: "simulated",
    status: "live",
    reason: null,
  };
}

/** A connection that takes all it is given and forgets it, but for what the test puts in its place. */
export function literalConnection(own: Partial<Connection>): {
  -readonly [K in keyof Connection]: Connection[K];
} {
  return {
    id: "a client",
    client: "192.0.2.1",
    counts: new TransportCounts(),
    open: true,
    deflates: false,
    unsent: 0,
    boards: 0,
    unread: 0,
    bytesOf: () => 0,
    write: () => {},
    refuse: () => {},
    ...own,
  };
}

/** A feed whose boards are the test's to put: nothing is ever read, and no tick comes by itself. */
export function quietFeed() {
  const log = rememberingLog();
  const nothing = {
    name: "simulated",
    sports: async () => ({ sports: [] }),
    board: async () => ({ events: [], fetchedAt: 0 }),
    close() {},
  } as const;
  const { feed, boards } = pollingParts(nothing, () => 1000, "off", 60_000, { log });
  return { feed, boards, log };
}
