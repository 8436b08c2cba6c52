/*
 * What the servers that ours is compared with have in common: read the upstream each tick, hand on what it says. Run
 * as processes of their own, told by the environment what to do.
 */
const { UPSTREAM = "", SPORTS = "", TICK_MS = "1000", PORT = "0" } = process.env;

/** Where to listen. */
export const port = Number(PORT);

/** A board as these servers send it. */
export interface Message {
  readonly type: "odds_update";
  readonly timestamp: number;
  readonly sport: string;
  readonly odds: unknown;
}

/** The newest message of each sport. */
export const newest = new Map<string, Message>();

/** Reads all sports each tick and has each of them sent. */
export function everyTick(send: (message: Message) => void): void {
  const read = async (sport: string) => {
    const response = await fetch(`${UPSTREAM}/v4/sports/${sport}/odds?apiKey=${process.env.KEY}`);
    const message: Message = {
      type: "odds_update",
      timestamp: Date.now(),
      sport,
      odds: await response.json(),
    };
    newest.set(sport, message);
    send(message);
  };
  setInterval(() => {
    for (const sport of SPORTS.split(",")) void read(sport);
  }, Number(TICK_MS));
}
