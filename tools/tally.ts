import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints the skipped tests, the failed ones with the first line of their error, and on the last line how many passed
 * and failed. A file that does not load counts as failed, and so does a hook of a suite, whose tests are then skipped.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    const failed: string[] = [];
    const skipped: string[] = [];
    const fail = (name: string, [error]: readonly unknown[] = []) => {
      const { message } = (error ?? {}) as { readonly message?: string };
      failed.push(`${name}: ${stripVTControlCharacters(message ?? String(error)).split("\n", 1)}`);
    };
    for (const error of errors) fail("outside tests", [error]);
    for (const module of modules) {
      for (const error of module.errors()) fail(module.relativeModuleId, [error]);
      for (const suite of module.children.allSuites())
        for (const error of suite.errors()) fail(`${module.relativeModuleId} > ${suite.fullName}`, [error]);
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "skipped") skipped.push(test.fullName);
        else fail(`${module.relativeModuleId} > ${test.fullName}`, errors);
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`);
    for (const text of failed) console.log(`failed: ${text}`);
    const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    console.log(`${passed} passed, ${failed.length} failed${skips}`);
  }
}
