import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { PostgresAddress } from "./postgres-address.js";

/** The question whether the server speaks TLS: its length, and the number that says so. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Connects to a PostgreSQL, with TLS where that is wanted and offered; `ms` for all of it. `opened` is told of the
 * socket at once, so that it can be destroyed meanwhile.
 */
export async function connectPostgres(
  address: PostgresAddress,
  ms: number,
  opened: (socket: Socket) => void,
): Promise<Socket> {
  const { host, port, folder } = address;
  const socket =
    folder === undefined
      ? connect({ host, port, noDelay: true })
      : connect({ path: path.join(folder, `.s.PGSQL.${port}`) });
  opened(socket);
  const late = setTimeout(() => {
    socket.destroy(Object.assign(new Error("no answer"), { code: "CONNECT_TIMEOUT" }));
  }, ms);
  try {
    await once(socket, "connect");
    return address.tls === "never" ? socket : await secured(socket, address);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

async function secured(socket: Socket, { host, tls, verify }: PostgresAddress): Promise<Socket> {
  // With `once` alone, a server that closes without a word would be waited for until the time is up.
  const ended = once(socket, "close").then(() =>
    Promise.reject(Object.assign(new Error("closed"), { code: "CONNECTION_CLOSED" })),
  );
  ended.catch(() => {});
  socket.write(SSL_REQUEST);
  const [answer] = (await Promise.race([once(socket, "data"), ended])) as [Buffer];
  // More than the one letter would be somebody else's, slipped in before the encryption.
  if (answer.length !== 1) throw new Error("It does not answer as a PostgreSQL does");
  if (answer[0] === "S".charCodeAt(0)) {
    const secure = connectTls({
      socket,
      rejectUnauthorized: verify,
      ...(isIP(host) ? {} : { servername: host }),
    });
    await Promise.race([once(secure, "secureConnect"), ended]);
    return secure;
  }
  if (tls === "always") throw new Error("It offers no TLS, and sslmode in DATABASE_URL wants it");
  return socket;
}
