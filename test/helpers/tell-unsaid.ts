import type { TestError } from "vitest";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** So much is printed of an error, in characters. */
const MAX_ERROR = 2000;

/**
 * Says at the end of a run what nobody is told otherwise: which tests were skipped, with their reason, and why those
 * failed that passed when they were tried again.
 */
export class TellUnsaid implements Reporter {
  private isPart = false;

  onInit({ config }: Vitest): void {
    // Who asks for some tests by name skips the others on purpose.
    this.isPart = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!this.isPart) print("Skipped", told(modules, "skipped", reasonOf));
    print("Failed, and passed when tried again", told(modules, "passed", errorsOf));
  }
}

function told(
  modules: readonly TestModule[],
  state: "skipped" | "passed",
  noteOf: (test: TestCase) => string | undefined,
): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests(state)].flatMap((test) => {
      const note = noteOf(test);
      return note === undefined ? [] : [`  ${module.relativeModuleId}: ${test.fullName}${note}\n`];
    }),
  );
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" && result.note ? ` (${result.note})` : "";
}

function errorsOf(test: TestCase): string | undefined {
  const { errors = [] } = test.result();
  return errors.length === 0 ? undefined : errors.map((error) => `\n    ${textOf(error)}`).join("");
}

/** An error with what it compared and what it comes of. */
function textOf({ message, stack, diff, cause }: TestError): string {
  const parts = [(stack ?? message).slice(0, MAX_ERROR), diff?.slice(0, MAX_ERROR)];
  return [...parts, cause && `Caused by: ${textOf(cause)}`].filter(Boolean).join("\n    ");
}

function print(title: string, lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`\n${title} (${lines.length}):\n${lines.join("")}`);
}
