import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { CLIENT_TYPES, clientTypes } from "../../deploy/client-types.js";
import type { BoardEvent } from "../../src/board/model.js";
import type * as client from "../../src/client/messages.js";
import type { clientMessageSchema } from "../../src/protocol/client-messages.js";
import type { Changes } from "../../src/protocol/delta.js";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import type { Answer } from "../../src/protocol/socketio-events.js";

/** Whether two types are one in all of their fields, optional ones and readonly ones too. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A type that names its fields, without leave to have any other: what the upstream adds is passed on, not promised. */
type Known<T> = T extends (...args: never) => unknown
  ? T
  : T extends readonly unknown[]
    ? { [I in keyof T]: Known<T[I]> }
    : T extends object
      ? keyof Named<T> extends never
        ? { [K in keyof T]: Known<T[K]> }
        : { [K in keyof Named<T>]: Known<Named<T>[K]> }
      : T;
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

const holds = <_T extends true>() => true;

describe("What a frontend imports", () => {
  it("is as `npm run client-types` writes it", () => {
    expect(readFileSync(CLIENT_TYPES, "utf8")).toBe(clientTypes());
  });

  it("needs nothing else", () => {
    expect(readFileSync(CLIENT_TYPES, "utf8")).not.toMatch(/\bimport\b/);
  });

  it("has exactly the types of the schemas, or this does not compile", () => {
    holds<Same<Known<client.ServerMessage>, Known<ServerMessage>>>();
    holds<Same<Known<client.Answer>, Known<Answer>>>();
    holds<Same<Known<client.ClientMessage>, Known<z.input<typeof clientMessageSchema>>>>();
    holds<Same<Known<client.Changes>, Known<Changes>>>();
    holds<Same<Known<client.BoardEvent>, Known<BoardEvent>>>();
  });

  it("is not said to be the same where it is not", () => {
    type Track = { of: string[]; runs: [string | null, number][] };
    holds<Same<Known<{ a?: Record<string, Track> }>, Known<{ a?: Record<string, Track> }>>>();
    // @ts-expect-error another type deep inside
    holds<Same<Known<{ a?: Record<string, Track> }>, Known<{ a?: Record<string, Omit<Track, "of">> }>>>();
    // @ts-expect-error one may be absent
    holds<Same<Known<{ a: 1 }>, Known<{ a?: 1 }>>>();
    // @ts-expect-error one lacks a field that may be absent
    holds<Same<Known<{ a: 1; b?: 2 }>, Known<{ a: 1 }>>>();
    // @ts-expect-error one is not to be changed
    holds<Same<Known<{ a: readonly 1[] }>, Known<{ a: 1[] }>>>();
    // @ts-expect-error one is anything
    holds<Same<Known<{ a: unknown }>, Known<{ a: 1; [key: string]: unknown }>>>();
    holds<Same<Known<{ a: 1 }>, Known<{ a: 1; [key: string]: unknown }>>>();
  });
});
