import type { createAdapter } from "@socket.io/redis-adapter";
import type { Argument, RedisLink } from "./redis-link.js";

/** Gets what is published, as bytes. */
type Listener = (message: Buffer, channel: Buffer) => void;

/**
 * Socket.IO's standard adapter, on a link's connections; `key` is what its channels begin with. It does not get the
 * clients themselves: it does not look at what becomes of its commands, which would end the process, and would go on
 * with a client that was replaced.
 */
export async function socketIoAdapter(
  link: RedisLink,
  key: string,
): Promise<ReturnType<typeof createAdapter>> {
  // Loaded only here: without REDIS_URL nothing of it is.
  const adapter = await import("@socket.io/redis-adapter");
  const nothing = () => {};
  const publisher = {
    publish: (channel: string, message: Argument) => link.publish(channel, message),
    // By these two it knows a client of the package `redis`, and asks how many servers there are.
    pSubscribe: nothing,
    sSubscribe: nothing,
    sendCommand: (words: string[]) => link.send(words),
    on: nothing,
    off: nothing,
  };
  const subscriber = {
    pSubscribe: (pattern: string, heard: Listener) =>
      link.subscribe((client) => client.pSubscribe(pattern, heard as never, true)),
    subscribe: (channels: string[], heard: Listener) =>
      link.subscribe((client) => client.subscribe(channels, heard as never, true)),
    // They end with the connection.
    pUnsubscribe: nothing,
    unsubscribe: nothing,
    on: nothing,
    off: nothing,
  };
  return adapter.createAdapter(publisher, subscriber, { key });
}
