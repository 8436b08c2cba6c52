import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { CLIENT_TYPES, clientTypes } from "../../deploy/client-types.js";
import type { BoardBookmaker, BoardEvent, BoardMarket, Outcome, Sport } from "../../src/board/model.js";
import type * as client from "../../src/client/messages.js";
import type { ErrorBody, SportsAnswer } from "../../src/protocol/answers.js";
import type { clientMessageSchema } from "../../src/protocol/client-messages.js";
import type { Changes } from "../../src/protocol/delta.js";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import type * as server from "../../src/protocol/socketio-events.js";

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
    holds<Same<Known<client.Answer>, Known<server.Answer>>>();
    holds<Same<Known<client.ClientMessage>, Known<z.input<typeof clientMessageSchema>>>>();
    holds<Same<Known<client.Changes>, Known<Changes>>>();
    holds<Same<Known<client.BoardEvent>, Known<BoardEvent>>>();
    holds<Same<Known<client.Bookmaker>, Known<BoardBookmaker>>>();
    holds<Same<Known<client.Market>, Known<BoardMarket>>>();
    holds<Same<Known<client.Outcome>, Known<Outcome>>>();
    holds<Same<Known<client.Sport>, Known<Sport>>>();
    holds<Same<Known<client.SportsAnswer>, Known<SportsAnswer>>>();
    holds<Same<Known<client.ErrorBody>, Known<ErrorBody>>>();
    holds<Same<Known<client.Refusal>, Known<server.Refusal>>>();
  });

  it("is told of each message what its answer holds", () => {
    holds<Same<Known<client.SubscribeAnswer>, Known<server.AnswerTo["subscribe"]>>>();
    holds<Same<Known<client.UnsubscribeAnswer>, Known<server.AnswerTo["unsubscribe"]>>>();
    holds<Same<Known<client.PingAnswer>, Known<server.AnswerTo["ping"]>>>();
    holds<Same<Known<client.AuthAnswer>, Known<server.AnswerTo["auth"]>>>();
  });

  it("says the same at each event as the server", () => {
    type Said<F> = F extends (message: infer M, ...rest: never) => void ? Known<M> : never;
    type Told<F> = F extends (message: never, callback?: (answer: infer A) => void) => void
      ? Known<A>
      : never;
    type Client = client.ClientToServerEvents;
    type Server = server.ClientToServerEvents;
    holds<Same<keyof Client, keyof Server>>();
    holds<Same<keyof client.ServerToClientEvents, keyof server.ServerToClientEvents>>();
    type SaidAlike<K extends keyof Server> = Same<Said<Client[K]>, Said<Server[K]>>;
    type ToldAlike<K extends keyof Server> = Same<Told<Client[K]>, Told<Server[K]>>;
    holds<SaidAlike<"subscribe"> & ToldAlike<"subscribe">>();
    holds<SaidAlike<"unsubscribe"> & ToldAlike<"unsubscribe">>();
    holds<SaidAlike<"auth"> & ToldAlike<"auth">>();
    holds<SaidAlike<"message"> & ToldAlike<"message">>();
    // @ts-expect-error each answer is another
    holds<Same<Told<Client["auth"]>, Told<Client["message"]>>>();
  });

  it("has a field for each name of the schemas, and no others: a misspelt one does not compile", () => {
    holds<Same<Known<client.BoardEvent>, client.BoardEvent>>();
    holds<Same<Known<client.Bookmaker>, client.Bookmaker>>();
    holds<Same<Known<client.Market>, client.Market>>();
    holds<Same<Known<client.Outcome>, client.Outcome>>();
    holds<Same<Known<client.OddsUpdate>, client.OddsUpdate>>();
  });

  it("is made of documented interfaces", () => {
    const text = readFileSync(CLIENT_TYPES, "utf8");
    const exported = [...text.matchAll(/(\*\/\n)?export (?:interface|type) (\w+)/g)];
    expect(exported.filter(([, comment]) => !comment).map(([, , name]) => name)).toEqual([]);
    expect(text).not.toMatch(/export type \w+ = \{\n/);
    expect(text).not.toMatch(/\[\w+: string\]/);
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
