import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints the skipped tests, and on the last line how many passed and failed. A file that does not load counts as
 * failed.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "skipped") skipped.push(test.fullName);
        else failed += 1;
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`);
    const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    console.log(`${passed} passed, ${failed} failed${skips}`);
  }
}
