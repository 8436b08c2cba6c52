import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Names each test that was skipped, with its reason, at the end of a run: what is not tested here is not left unsaid. */
export class TellSkips implements Reporter {
  private isPart = false;

  onInit({ config }: Vitest): void {
    // Who asks for some tests by name skips the others on purpose.
    this.isPart = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.isPart) return;
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => {
        const result = test.result();
        const note = result.state === "skipped" && result.note ? ` (${result.note})` : "";
        return `  ${module.relativeModuleId}: ${test.fullName}${note}\n`;
      }),
    );
    if (skipped.length > 0) process.stdout.write(`\nSkipped (${skipped.length}):\n${skipped.join("")}`);
  }
}
