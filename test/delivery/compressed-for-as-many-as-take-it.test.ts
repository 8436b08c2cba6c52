import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { PreparedMessage, PreparedText } from "../../src/delivery/prepared-message.js";
import { EXAMPLES } from "../../src/protocol/examples.js";
import { bigBoard } from "../helpers/big-board.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { BROWSER_OFFER } from "../helpers/raw-frames.js";
import { type RawFrame, rawWebSocket } from "../helpers/raw-websocket.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "americanfootball_nfl";
/** So many that a message is worth more work. */
const MANY = 64;

async function subscribed(server: Running) {
  const client = await rawWebSocket(server, "/odds", BROWSER_OFFER);
  const first = client.next(({ text }) => text.includes("odds_update"));
  client.say(`{"type":"subscribe","sport":"${SPORT}"}`);
  await first;
  return client;
}

/** Events that take up about so many bytes as JSON, with prices as little alike as real ones. */
function boardOf(bytes: number): OddsEvent[] {
  let seed = 1;
  const price = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return 1 + (seed % 400) / 100;
  };
  const events = bigBoard(0).map((event) => ({
    ...event,
    bookmakers: event.bookmakers.map((bookmaker) => ({
      ...bookmaker,
      markets: bookmaker.markets.map((market) => ({
        ...market,
        outcomes: market.outcomes.map((outcome) => ({ ...outcome, price: price() })),
      })),
    })),
  }));
  const each = JSON.stringify(events[0]).length;
  return events.slice(0, Math.round(bytes / each));
}

describe("A board that sixty clients take", () => {
  it.each([12_000, 100_000])("of %i bytes is smaller on the wire than one that one takes", async (bytes) => {
    const board = boardOf(bytes);
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board }), (fake) => fake.close());
    const server = await startAppOn(api, { ODDS_POLL_INTERVAL_MS: "200" });
    const client = await subscribed(server);
    const isTick = ({ text }: RawFrame) => text.includes("odds_update");
    const alone = await client.next(isTick);
    for (let i = 1; i < MANY; i += 1) await subscribed(server);
    await client.next(isTick);
    const together = await client.next(isTick);
    expect(together.compressed).toBe(true);
    expect(together.bytes.length).toBeLessThan(0.97 * alone.bytes.length);
  });
});

describe("Who joins while a board is compressed for thousands", () => {
  const FORMS = {
    "Socket.IO's frame": (message: PreparedMessage) => message.packetFrame(true),
    "the plain WebSocket's frame": (message: PreparedMessage) => message.textFrame(true),
    "the gzip file": (message: PreparedMessage) => message.gzip,
  };
  const { odds: _odds, ...update } = EXAMPLES.odds_update;
  const prepared = (odds: PreparedText) => new PreparedMessage(update, odds);

  it.each(Object.entries(FORMS))("does not have all others take %s as large as its own", async (_, form) => {
    const json = JSON.stringify(boardOf(100_000));
    const message = prepared(new PreparedText(json));
    const compressing = message.compress(1000);
    const hasty = form(message);
    await compressing;
    const careful = new PreparedText(json);
    await careful.compress(1000);
    expect(form(message).length).toBeLessThan(hasty.length);
    expect(form(message)).toEqual(form(prepared(careful)));
  });
});
