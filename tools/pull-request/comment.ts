// A step of action.yml: writes the report as a comment of the pull request, or over the comment of an earlier run.
// node tools/pull-request/comment.ts FOLDER, in which check.ts wrote report.md
import { readFileSync } from "node:fs";
import path from "node:path";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly login: string; readonly type: string } | null;
}

/** Pages of 100 comments. A pull request with more gets a new comment each time. */
const pages = 50;
const report = readFileSync(path.join(process.argv[2] ?? "", "report.md"), "utf8");
const [marker = ""] = report.split("\n");
const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH = "", GITHUB_TOKEN } = process.env;
const { number } = JSON.parse(readFileSync(GITHUB_EVENT_PATH, "utf8")) as { number: unknown };
if (!Number.isSafeInteger(number)) throw new Error("the event has no number of a pull request");
const issues = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/issues`;

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${GITHUB_TOKEN}`,
      "content-type": "application/json",
      "x-github-api-version": "2022-11-28",
    },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(30_000),
  });
  if (response.ok) return response.json();
  const advice = response.status === 403 ? " Give the job the permission pull-requests: write." : "";
  throw new Error(
    `the comment was not written: ${method} ${new URL(url).pathname} answered ${response.status}.${advice}`,
  );
}

/** The comment of an earlier run. Others can copy its text, but not its author. */
async function findComment(): Promise<Comment | undefined> {
  for (let page = 1; page <= pages; page += 1) {
    const comments = (await call(
      "GET",
      `${issues}/${number}/comments?per_page=100&page=${page}`,
    )) as readonly Comment[];
    const own = comments.find(
      ({ body, user }) =>
        user?.type === "Bot" && user.login === "github-actions[bot]" && body?.split(/\r?\n/)[0] === marker,
    );
    if (own !== undefined || comments.length < 100) return own;
  }
  return undefined;
}

try {
  const comment = await findComment();
  if (comment === undefined) await call("POST", `${issues}/${number}/comments`, { body: report });
  else await call("PATCH", `${issues}/comments/${comment.id}`, { body: report });
} catch (error) {
  console.log(`::error::entra-gate: ${error instanceof Error ? error.message : "the comment was not written"}`);
  process.exitCode = 1;
}
