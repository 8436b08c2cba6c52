// @ts-check
/*
 * npm run token -- --sub me --sports basketball_nba --hours 24 [--scope admin]
 *
 * Prints a token for development, signed with AUTH_JWT_SECRET, with the issuer and audience that the server expects.
 * Real ones are made by whoever knows who people are.
 */
import { parseArgs } from "node:util";
import { config as loadDotenv } from "dotenv";
import { SignJWT } from "jose";

const USAGE = "npm run --silent token -- [--sub me] [--sports a,b] [--scope admin] [--hours 24]";

/** @param {string} why @returns {never} */
function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exit(64);
}

function readArguments() {
  const text = /** @type {const} */ ({ type: "string" });
  try {
    return parseArgs({
      options: { sub: text, sports: text, scope: text, hours: { ...text, default: "24" } },
    }).values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

loadDotenv({ quiet: true });
const { AUTH_JWT_SECRET: secret = "", AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience } = process.env;
const { sub, sports, scope, hours } = readArguments();
const seconds = Math.round(Number(hours) * 3600);
if (Buffer.byteLength(secret) < 32) {
  refuse("Set AUTH_JWT_SECRET (32 bytes or more; openssl rand -base64 32), in the environment or in .env.");
}
if (!(seconds > 0)) refuse(`--hours must be a number above 0.\n${USAGE}`);

const now = Math.floor(Date.now() / 1000);
const token = new SignJWT({
  ...(sub ? { sub } : {}),
  ...(sports ? { sports: sports.split(",").map((sport) => sport.trim()) } : {}),
  ...(scope ? { scope } : {}),
  ...(issuer ? { iss: issuer } : {}),
  ...(audience ? { aud: audience } : {}),
  iat: now,
  exp: now + seconds,
}).setProtectedHeader({ alg: "HS256" });
process.stdout.write(`${await token.sign(new TextEncoder().encode(secret))}\n`);
