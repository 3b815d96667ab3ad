import { describeCause, isLoopback } from "../../src/tools/common.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { withProgress } from "../common/progress.ts";
import { readStart } from "../common/read-start.ts";
import { createPaint, type Paint, print, printError, showJson, showValue } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { definition } from "./definition.ts";
import { type Forgery, listRequests, type SmokeRequest } from "./requests.ts";

type SmokeOptions = OptionsOf<typeof definition.options>;

/** Result of one request. */
interface Outcome {
  readonly title: string;
  readonly state: "refused" | "let-in" | "elsewhere" | "unreachable";
  readonly text: string;
}

/** Longer than a gate waits for its keys. */
const answerMilliseconds = 15_000;
/** More than a refusal has. */
const bodyBytes = 4_096;

/**
 * `entra-gate smoke`: sends requests that the gate must refuse.
 *
 * @param target URL of a route that is not public
 * @throws UsageError if it is not such a URL
 */
export async function runSmoke(target: string, { tenant, audience, json }: SmokeOptions): Promise<ExitCode> {
  const url = URL.parse(target);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))) {
    throw new UsageError(`${target} must be a URL like https://api.contoso.com/orders`);
  }
  const outcomes = await withProgress("Sending requests", () => sendAll(url, { tenant, audience }));
  const [first] = outcomes;
  if (first !== undefined && !json && outcomes.every(({ state }) => state === "unreachable")) {
    printError(`${url.href}: no answer (${showValue(first.text)})`);
    return exitCodes.unknown;
  }
  print(json ? showJson({ url: url.href, outcomes }) : renderOutcomes(url, outcomes, createPaint(process.stdout)));
  if (outcomes.every(({ state }) => state === "refused")) return exitCodes.good;
  return outcomes.every(({ state }) => state === "unreachable") ? exitCodes.unknown : exitCodes.bad;
}

/** Sends one request at a time, so that a rate limit by address does not decide. */
async function sendAll(url: URL, forgery: Forgery): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const request of listRequests(forgery, Math.floor(Date.now() / 1_000))) outcomes.push(await send(url, request));
  // If no request was answered, silence over plain http says nothing about a gate.
  const isAnswered = outcomes.some(({ state }) => state !== "unreachable");
  if (isAnswered && url.protocol === "https:") outcomes.push(await sendInPlaintext(url));
  return outcomes;
}

async function send(
  url: URL,
  { title, method = "GET", headers = {}, query, refusals }: SmokeRequest,
): Promise<Outcome> {
  const target = new URL(url);
  if (query !== undefined) target.search = query;
  const answer = await ask(target, { method, headers });
  return typeof answer === "string" ? { title, state: "unreachable", text: answer } : judge(title, answer, refusals);
}

/**
 * Cloudflare may redirect plain http to https, or nothing may listen there. Only an answer of the API itself is wrong.
 */
async function sendInPlaintext(url: URL): Promise<Outcome> {
  const title = "no token, over plain http";
  const target = new URL(url);
  target.protocol = "http:";
  const answer = await ask(target, {});
  if (typeof answer === "string") return { title, state: "refused", text: "nothing answers" };
  const { status, location } = answer;
  if (status >= 300 && status < 400 && location?.startsWith("https:"))
    return { title, state: "refused", text: `${status} to https` };
  return judge(title, answer, [401, 403]);
}

interface Received {
  readonly status: number;
  readonly location: string | null;
  readonly contentType: string;
  readonly cacheControl: string | null;
  readonly challenge: string | null;
  readonly body: string;
}

/** @returns why there is no answer, if there is none */
async function ask(url: URL, init: RequestInit): Promise<Received | string> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(answerMilliseconds) });
    const { status, headers } = response;
    return {
      status,
      location: headers.get("location"),
      contentType: headers.get("content-type") ?? "no content type",
      cacheControl: headers.get("cache-control"),
      challenge: headers.get("www-authenticate"),
      body: await readStart(response, bodyBytes),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return describeCause(cause);
  }
}

function judge(title: string, answer: Received, refusals: readonly number[]): Outcome {
  const { status, contentType } = answer;
  if (status < 400) return { title, state: "let-in", text: `${status}, ${contentType}` };
  const stranger = findStranger(answer);
  if (stranger !== undefined) return { title, state: "elsewhere", text: `${status}, ${stranger}` };
  if (!refusals.includes(status) && status !== 429)
    return { title, state: "elsewhere", text: `${status}: ${adviceFor(status)}` };
  return { title, state: "refused", text: String(status) };
}

/** Finds what shows that a response is not the gate's; see docs/reference/responses.md. */
function findStranger({ status, contentType, cacheControl, challenge, body }: Received): string | undefined {
  if (contentType !== "application/problem+json") return `${contentType} is not what the gate answers`;
  if (!/"instance":"urn:uuid:[0-9a-f-]{36}"/.test(body)) return "problem details that are not the gate's";
  if (cacheControl?.includes("no-store") !== true) return "caches may store it";
  return status === 401 && challenge?.startsWith("Bearer ") !== true ? "it has no Bearer challenge" : undefined;
}

function adviceFor(status: number): string {
  if (status === 421) return "GATE_URL does not list this address";
  if (status === 500) return "the gate is misconfigured and refuses every request; its log says why";
  return "not the expected refusal";
}

const marks = { refused: "✓", "let-in": "✗", elsewhere: "✗", unreachable: "?" } as const;
const styles = { refused: "green", "let-in": "red", elsewhere: "red", unreachable: "yellow" } as const;
const words = {
  refused: "refused",
  "let-in": "LET IN",
  elsewhere: "NOT THE GATE'S REFUSAL",
  unreachable: "no answer",
} as const;

function renderOutcomes(url: URL, outcomes: readonly Outcome[], paint: Paint): string {
  const letIn = outcomes.filter(({ state }) => state === "let-in").length;
  const lines = outcomes.map(
    ({ title, state, text }) =>
      `  ${paint(styles[state], `${marks[state]} ${title}`)}: ${words[state]} (${showValue(text)})`,
  );
  const hint =
    letIn === outcomes.length
      ? ["", "The gate allowed every request. If the route is public, test another route."]
      : [];
  return [paint("bold", url.href), ...lines, ...hint].join("\n");
}
