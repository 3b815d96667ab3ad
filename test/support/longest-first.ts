import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, the longest first. Vitest orders files by their size and projects by their names. If a long file
 * started last, the other processors would have nothing to do. Short files that are listed here only cost the start of a
 * process, and long files that are missing cost time, but fail nothing.
 */
const longest = [
  // It waits for a minute, so it should begin early.
  "test/project/rotation.test.ts",
  "test/cli/dev/dev.test.ts",
  "test/package/projects.test.ts",
  "test/project/private-removals.test.ts",
  "test/package/runtimes.test.ts",
  "test/package/examples.test.ts",
  "test/package/dev.test.ts",
  "test/cli/dev/docs.test.ts",
  "test/project/linear-time.test.ts",
  "test/package/types.test.ts",
  "test/project/path-to-production.test.ts",
  "test/project/docs/troubleshoot.test.ts",
  "test/cli/dev/playground.test.ts",
];

/** Starts the longest files first, so that no processor waits for one of them at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ project, moduleId }: TestSpecification): number => {
      const rank = longest.indexOf(path.relative(project.vitest.config.root, moduleId).replaceAll(path.sep, "/"));
      return rank === -1 ? longest.length : rank;
    };
    // The order of all other files stays, because files of a project share processes.
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
