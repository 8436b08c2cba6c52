import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

/** Claims as a test writes them; `undefined` leaves one out. */
type Given = { readonly [name: string]: unknown };

/** A secret for HS256. */
export const SECRET = "a secret of more than thirty-two bytes, for tests";

/** Seconds since the epoch, so many from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Signs a token by HS256 that ends in an hour, unless the claims say otherwise. */
export function sign(claims: Given = {}, secret: string | Uint8Array = SECRET): Promise<string> {
  const key = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  return new SignJWT({ exp: inSeconds(3600), ...claims }).setProtectedHeader({ alg: "HS256" }).sign(key);
}

/** A pair of keys, and what is signed and published by it. */
export async function keyPair(alg: "RS256" | "ES256" | "EdDSA", kid = "one") {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    alg,
    kid,
    pem: await exportSPKI(publicKey),
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    sign: (claims: Given = {}, named: string | undefined = kid) =>
      new SignJWT({ exp: inSeconds(3600), ...claims })
        .setProtectedHeader({ alg, ...(named === undefined ? {} : { kid: named }) })
        .sign(privateKey),
  };
}

/** A token of these parts, which nobody signed. */
export function unsigned(header: object, claims: object, signature = ""): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${signature}`;
}
