import type { Random } from "./random.js";

/** A door that is fuzzed. */
export type FuzzedDoor = "plain WebSocket" | "Socket.IO";

const SPORTS = ["basketball_nba", "soccer_epl", "nowhere", "", "__proto__", "x".repeat(101), 7, null, []];

/** A message of the documented form, or nearly. */
function message(random: Random): Record<string, unknown> {
  const type = random.pick(["subscribe", "subscribe", "subscribe", "unsubscribe", "ping", "auth", "error"]);
  const since = { epoch: random.pick(["", "a", "é"]), version: random.pick([0, 1, -1, 0.5, 2 ** 53, 1e308]) };
  const words = random.pick([
    ["h2h"],
    ["a", "a", ""],
    [],
    "h2h",
    [null],
    Array(random.below(150)).fill("é"),
    ["__proto__"],
  ]);
  const only = random.pick([
    { events: words },
    { bookmakers: words, markets: words },
    { event: words },
    {},
    null,
  ]);
  return {
    type,
    ...(random.once(10) ? {} : { sport: random.once(3) ? random.pick(SPORTS) : "basketball_nba" }),
    ...(random.once(2) ? { updates: random.pick(["full", "delta", "delta", "both", 1]) } : {}),
    ...(random.once(4) ? { since } : {}),
    ...(random.once(4) ? { only } : {}),
    ...(random.once(20) ? { more: "m".repeat(random.below(2000)) } : {}),
  };
}

/** Packets of Engine.IO and Socket.IO that are no events in `/odds`. */
const PACKETS = [
  ...["40/odds,", "41/odds,", "40", "41", "40/admin,", "41/admin,", '40/odds,{"token":"x"}', "40/odds,["],
  ...[
    '42["subscribe",{"sport":"basketball_nba"}]',
    '42["message"]',
    '42/admin,["subscribe",{}]',
    "42/odds,[]",
  ],
  ...["0", '0{"sid":"x"}', "1", "2", "2probe", "3", "3probe", "5", "6", "7", "b", "bAAAA", "4", "4x", "49"],
  ...['43/odds,1["x"]', '44/odds,{"message":"no"}', '42/odds,["error","x"]', '42/odds,["disconnect"]'],
  ...['451-/odds,["subscribe",{"_placeholder":true,"num":0}]', '45999999999-/odds,["x"]', "461-/odds,1[]"],
  `42/odds,${"9".repeat(300)}["subscribe",{"sport":"basketball_nba"}]`,
];

/** What is said at a door, as it stands in a WebSocket message or in a poll. */
export function saying(random: Random, door: FuzzedDoor): string {
  const said = message(random);
  if (door === "plain WebSocket") return JSON.stringify(said);
  if (random.once(6)) return random.pick(PACKETS);
  const id = random.once(3) ? random.below(1000) : "";
  const { type, ...rest } = said;
  const event = random.once(3) ? ["message", said] : [type, rest];
  return `42/odds,${id}${JSON.stringify(event)}`;
}

/** Deals the bytes of a text a blow. */
export function mutated(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      for (let i = 0; i < random.between(1, 4); i += 1) {
        if (bytes.length > 0) flipped[random.below(bytes.length)] = random.below(256);
      }
      return flipped;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes, bytes]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 20)), bytes.subarray(at)]);
    case 4:
      return random.bytes(random.below(300));
    case 5:
      return Buffer.from("[".repeat(random.between(1, 8000)));
    default:
      // About the largest that is taken, and beyond.
      return Buffer.concat([bytes, Buffer.alloc(random.pick([16_000, 16_384, 20_000, 70_000]), 0x20)]);
  }
}

/** Many sayings at once, as a flood: the kinds that were seen to fill a server. */
export function flood(random: Random, door: FuzzedDoor): string[] {
  const count = random.pick([30, 100, 300]);
  const texts =
    door === "plain WebSocket"
      ? [
          () => '{"type":"ping"}',
          (i: number) => `{"type":"${i % 2 ? "un" : ""}subscribe","sport":"basketball_nba"}`,
          (i: number) =>
            `{"type":"subscribe","sport":"basketball_nba","updates":"delta","since":{"epoch":"e${i}","version":${i}}}`,
          () => "{",
        ]
      : [
          (i: number) => (i % 2 ? "40/odds," : "41/odds,"),
          () => "40/odds,",
          (i: number) => `40/nowhere${i},`,
          (i: number) => (i % 2 ? "40" : "41"),
          () => '42["subscribe",{"sport":"basketball_nba"}]',
          (i: number) =>
            `42/odds,["subscribe",{"sport":"basketball_nba","updates":"delta","since":{"epoch":"e","version":${i}}}]`,
          () => "2",
          () => "3",
        ];
  return Array.from({ length: count }, (_, i) => i).map(random.pick(texts));
}
