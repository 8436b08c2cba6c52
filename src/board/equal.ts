import type { Outcome } from "./model.js";

/** Whether two values parsed from JSON are equal, whatever the order of their objects' keys. The hot path of a tick. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, i) => isEqual(item, other[i]))
    );
  }
  return !Array.isArray(other) && haveEqualFields(one, other);
}

/** Whether two lists of outcomes are equal. There are thousands on a board, of three fields: these are looked at first. */
export function areEqualOutcomes(one: readonly Outcome[], other: readonly Outcome[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) {
    const [a, b] = [one[i] as Outcome, other[i] as Outcome];
    if (a.name !== b.name || a.price !== b.price || a.point !== b.point) return false;
    const fields = a.point === undefined ? 2 : 3;
    const isAll = Object.keys(a).length === fields && Object.keys(b).length === fields;
    if (!isAll && !haveEqualFields(a, b)) return false;
  }
  return true;
}

/** Whether two objects parsed from JSON have equal fields, but for those named. */
export function haveEqualFields(one: object, other: object, except?: string, orExcept?: string): boolean {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  let fields = 0;
  for (const name of Object.keys(a)) {
    if (name === except || name === orExcept) continue;
    fields += 1;
    if (!Object.hasOwn(b, name) || !isEqual(a[name], b[name])) return false;
  }
  for (const name of Object.keys(b)) if (name !== except && name !== orExcept) fields -= 1;
  return fields === 0;
}
