// A step of tools/pull-request/action.yml: writes the report as a comment of the pull request, or over that of an
// earlier run. It has a token, so it loads no file of the pull request. Code of the pull request can have written the
// report.
import { readFileSync } from "node:fs";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly login: string; readonly type: string } | null;
}

/** Pages of 100 comments. A pull request with more gets a new comment each time. */
const pages = 50;
/** GitHub refuses a comment of more characters. */
const reportBytes = 65_536;
const { REPORT: report = "" } = process.env;
const [marker = ""] = report.split("\n");
if (!/^<!-- entra-gate [0-9a-f]{16} -->$/.test(marker)) throw new Error("REPORT is no report of entra-gate");
if (Buffer.byteLength(report) > reportBytes) throw new Error(`REPORT is larger than ${reportBytes} bytes`);
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
