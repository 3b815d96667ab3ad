import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, the longest first. Vitest orders files by their size and projects by their names. If a long
 * file started last, the other processors would have nothing to do. Short files that are listed here only cost the
 * start of a process, and long files that are missing cost time, but fail nothing.
 */
const longest = [
  // Rotation, stop, timeouts, days, slow-bodies and keys mostly wait, so each stands beside one that computes.
  "test/project/slow/rotation.test.ts",
  "test/cli/dev/slow/dev.test.ts",
  "test/cli/dev/slow/stop.test.ts",
  "test/project/slow/release.test.ts",
  "test/project/slow/site-build.test.ts",
  "test/package/projects.test.ts",
  "test/cli/dev/token.test.ts",
  "test/worker/workerd/origin/timeouts.test.ts",
  "test/project/guard-steps.test.ts",
  "test/worker/everywhere/keys/days.test.ts",
  "test/cli/code.test.ts",
  "test/worker/everywhere/slow-bodies.test.ts",
  "test/cli/init/links.test.ts",
  "test/worker/everywhere/keys/keys.test.ts",
  "test/cli/command.test.ts",
  "test/cli/project/program-code.test.ts",
  "test/worker/everywhere/prototypes.test.ts",
  "test/package/create.test.ts",
  "test/package/pull-requests.test.ts",
  "test/project/alone/linear-time.test.ts",
  "test/package/start.test.ts",
  "test/worker/workerd/slow/log-texts.test.ts",
  "test/worker/workerd/slow/runtimes-proxy.test.ts",
  "test/package/runtimes.test.ts",
  "test/package/examples.test.ts",
  "test/worker/everywhere/mcp/slow/own-callback-clients.test.ts",
  "test/project/docs/slow/use-external-id.test.ts",
  "test/project/slow/pull-request.test.ts",
  "test/project/alone/openapi-tools.test.ts",
  "test/package/dev.test.ts",
  "test/cli/dev/slow/docs.test.ts",
  "test/package/types.test.ts",
  "test/project/docs/slow/troubleshoot.test.ts",
  "test/cli/dev/slow/playground.test.ts",
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
