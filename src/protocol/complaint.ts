import type { z } from "zod";

/** So much of a name of a client's own is given back. */
const MAX_NAME_SHOWN = 50;

/**
 * What is wrong with what was given where a schema wanted something else, as a sentence that names the field. What the
 * field wants is its schema's to say (`error`), as words that stand behind "must be"; undefined where the whole of it
 * is no object, of which there is no field to name.
 */
export function complaint({ issues }: z.ZodError, given: unknown): string | undefined {
  const [issue] = issues;
  if (!issue) return undefined;
  if (issue.code === "unrecognized_keys") {
    const name = [...issue.path, shown(issue.keys)].join(".");
    return `\`${name}\` is no ${issue.path.length === 0 ? "parameter" : "field"} here: ${issue.message}.`;
  }
  if (issue.path.length === 0) return undefined;
  const name = `\`${issue.path.join(".")}\``;
  const value = at(given, issue.path);
  if (value === undefined) return `${name} is missing: it must be ${issue.message}.`;
  // A client's own words are not given back.
  const isOfKind =
    isMeasured(issue.code, value) || (typeof value === "string" && issue.code !== "invalid_type");
  return `${name} must be ${issue.message}${isOfKind ? "" : `, not ${kindOf(value)}`}.`;
}

/** Whether what was given is of the kind that was wanted, but too short, too long or without what must be in it. */
function isMeasured(code: z.core.$ZodIssue["code"], value: unknown): boolean {
  return typeof value === "object" && (code === "too_small" || code === "too_big" || code === "custom");
}

/** What something is that should be something else, without giving it back. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "a number";
  if (typeof value === "boolean") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function at(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function shown([name = ""]: readonly string[]): string {
  return name.length > MAX_NAME_SHOWN ? `${name.slice(0, MAX_NAME_SHOWN)}…` : name;
}
