import type { Request, Response } from "express";
import type { z } from "zod";
import { AppError } from "../errors.js";
import { complaint } from "../protocol/complaint.js";
import { withoutTokens } from "./auth-presented.js";

/** What a request asks, checked. Throws an `AppError` (`INVALID_MESSAGE`) that names the parameter that is wrong. */
export function asked<T>(schema: z.ZodType<T>, request: Request): T {
  // A name is given back.
  const named = Object.entries(request.query).map(([name, value]) => [withoutTokens(name), value] as const);
  const query = Object.fromEntries(named);
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw AppError.invalidMessage(complaint(parsed.error, query) ?? "The query is malformed.");
}

/** Says when to ask again (RFC 9110, section 10.2.3), in whole seconds. */
export function retryAfter(response: Response, ms: number): void {
  response.set("Retry-After", String(Math.max(1, Math.ceil(ms / 1000))));
}

/**
 * Whether the client holds what this tag names (RFC 9110, section 13.1.2). Not Express's `request.fresh`: that one
 * says no to every `fetch` with an If-None-Match of its own, as `fetch` then adds `Cache-Control: no-cache`.
 */
export function knows(request: Request, etag: string): boolean {
  const held = request.get("If-None-Match")?.split(",") ?? [];
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  return held.some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
