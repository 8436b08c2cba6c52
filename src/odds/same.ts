/** Whether two values parsed from JSON are equal, whatever the order of their objects' keys. The hot path of a tick. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, i) => sameJson(item, other[i]))
    );
  }
  return !Array.isArray(other) && sameFields(one, other);
}

/** Whether two objects parsed from JSON have equal fields, but for those named. */
export function sameFields(one: object, other: object, except?: string, orExcept?: string): boolean {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  let fields = 0;
  for (const name of Object.keys(a)) {
    if (name === except || name === orExcept) continue;
    fields += 1;
    if (!Object.hasOwn(b, name) || !sameJson(a[name], b[name])) return false;
  }
  for (const name of Object.keys(b)) if (name !== except && name !== orExcept) fields -= 1;
  return fields === 0;
}
