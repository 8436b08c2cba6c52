import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { NodeInfo } from "../polling/cluster.js";
import type { Fleet } from "./fleet.js";
import { type PlainMessage, write } from "./message-codec.js";
import { writeNodeInfo } from "./record-codec.js";
import type { RedisLink } from "./redis-link.js";
import { LEAVE } from "./scripts.js";

/** This process as a node of its fleet: its name, the names of the fleet's keys, and what it says to the others. */
export class Node {
  /** Where the fleet's nodes hear one another. */
  readonly channel: string;
  private readonly prefix: string;
  /** Counts what was said of what is wanted here. */
  private turn = 0;

  /** `id` is its name among the others. `url` is the Redis': its path names the database. */
  constructor(
    readonly id: string,
    url: string,
    readonly fleet: Fleet,
    private readonly link: RedisLink,
    private readonly log: Logger,
  ) {
    // Channels are not a database's own: the name tells them apart.
    const database = new URL(url).pathname.replace(/^\/+/, "") || "0";
    this.prefix = `live-odds:1:${database}:`;
    [this.channel = ""] = this.keys("channel");
  }

  /** The full names of keys that are the fleet's own. */
  keys(...names: string[]): string[] {
    return names.map((name) => `${this.prefix}${this.fleet.name}:${name}`);
  }

  /** The full name of a key that all fleets in the database share. */
  sharedKey(name: string): string {
    return this.prefix + name;
  }

  /** A message of this node's, for a script to publish. */
  message(message: PlainMessage): Buffer {
    return write(this.id, message);
  }

  /** Tells the others, if that can be done now; whoever misses it hears of it by the next heartbeat. */
  send(message: PlainMessage): void {
    this.link.publish(this.channel, this.message(message));
  }

  /** Tells the leader what is wanted here: weights by sport. */
  want(wanted: ReadonlyMap<string, number>): void {
    this.turn += 1;
    this.send({ kind: "wants", wanted, turn: this.turn });
  }

  /** What it tells of itself, for Redis to keep. */
  record(nodeInfo: NodeInfo): string {
    return writeNodeInfo(nodeInfo, this.turn);
  }

  /** Leaves the fleet. Resolves when Redis knows, or does not answer. */
  async leave(): Promise<void> {
    await this.link
      .eval(LEAVE, this.keys("nodes", "seen"), [this.id, this.channel, this.message({ kind: "left" })])
      .catch((error: unknown) => this.log.debug("Redis could not be told of the end", logError(error)));
  }
}
