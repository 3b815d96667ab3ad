import { isLoopback } from "../../src/cli-exports/common.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { withProgress } from "../common/progress.ts";
import { readCredential } from "../common/read-token.ts";
import { createPaint, type Paint, print, printError, showJson, showValue } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { ask } from "./ask.ts";
import type { definition } from "./definition.ts";
import { type Measurement, measuredRequests, readMeasurement, renderMeasurements } from "./measure.ts";
import { isPreflightAnswer, judgeAdmission, judgeRefusal, type Outcome } from "./outcome.ts";
import { type Forgery, listRequests, type SmokeRequest } from "./requests.ts";
import { type Addresses, findAddress, parseAddresses } from "./resolve.ts";

type SmokeOptions = OptionsOf<typeof definition.options>;

/** What is tested, and how it is reached. */
interface Target {
  readonly url: URL;
  readonly addresses: Addresses;
}

/**
 * `entra-gate smoke`: sends requests that the gate must refuse. With `--token`, it also sends one with a token from
 * standard input, which the gate must admit.
 *
 * @param target URL of a route that is not public
 * @throws UsageError if it is not such a URL, or `--resolve` is wrong
 */
export async function runSmoke(
  target: string,
  { tenant, audience, token, measure, resolve = [], json }: SmokeOptions,
): Promise<ExitCode> {
  const url = URL.parse(target);
  const addresses = url === null ? new Map<number, string>() : parseAddresses(resolve, url);
  if (url === null || !isProtected(url, addresses)) {
    throw new UsageError(`${target} must be a URL with https, such as https://api.contoso.com/orders`);
  }
  if (measure && token === undefined) throw new UsageError("--measure requires --token -");
  const measurements: Measurement[] | undefined = measure && [];
  const credential = token === undefined ? undefined : await readCredential(token);
  const outcomes = await withProgress("Sending requests", () =>
    sendAll({ url, addresses }, { tenant, audience }, credential, measurements),
  );
  const [first] = outcomes;
  const isSilent = outcomes.every(({ state }) => state === "unreachable" || state === "not-sent");
  if (first !== undefined && !json && isSilent) {
    printError(`${url.href}: no answer (${showValue(first.text)})`);
    return exitCodes.unknown;
  }
  const text = renderOutcomes(url, outcomes, createPaint(process.stdout));
  const lines = measurements?.length ? renderMeasurements(measurements) : [];
  print(json ? showJson({ url: url.href, outcomes, measurements }) : [text, ...lines].join("\n"));
  if (outcomes.every(({ state }) => results[state].isGood)) return exitCodes.good;
  return isSilent ? exitCodes.unknown : exitCodes.bad;
}

/** Whether nobody else can read what is sent: to https, or to this machine. */
function isProtected(url: URL, addresses: Addresses): boolean {
  const address = findAddress(addresses, url) ?? url.hostname;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(address === "::1" ? "[::1]" : address));
}

/** Sends one request at a time, so that a rate limit by address does not decide. */
async function sendAll(
  target: Target,
  forgery: Forgery,
  credential: string | undefined,
  measurements: Measurement[] | undefined,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const request of listRequests(forgery, Math.floor(Date.now() / 1_000)))
    outcomes.push(await send(target, request));
  // If no request was answered, silence over plain http says nothing about a gate.
  const isAnswered = outcomes.some(({ state }) => state !== "unreachable");
  if (isAnswered && target.url.protocol === "https:") outcomes.push(await sendInPlaintext(target));
  if (credential !== undefined) outcomes.push(await sendToken(target, credential, outcomes, measurements));
  // A gate has just admitted the token.
  if (outcomes.at(-1)?.state === "admitted" && measurements !== undefined && credential !== undefined) {
    while (measurements.length < measuredRequests) {
      const answer = await askTimed(target, credential, measurements);
      if (typeof answer === "string") break;
    }
  }
  return outcomes;
}

async function send(
  { url, addresses }: Target,
  { title, query, refusals, ...request }: SmokeRequest,
): Promise<Outcome> {
  const target = new URL(url);
  if (query !== undefined) target.search = query;
  const answer = await ask(target, request, addresses);
  if (typeof answer === "string") return { title, state: "unreachable", text: answer };
  if (request.method === "OPTIONS" && answer.status === 204) {
    const headers = { origin: "https://smoke.invalid", "access-control-request-method": "GET" };
    const preflight = await ask(target, { method: "OPTIONS", headers }, addresses);
    if (isPreflightAnswer(answer, preflight)) {
      const text = "204, as to a preflight: the app permits cross-origin requests before it checks a token";
      return { title, state: "preflight", text };
    }
  }
  return judgeRefusal(title, answer, refusals);
}

/**
 * Cloudflare may redirect plain http to https, or nothing may listen there. Only an answer of the API itself is wrong.
 */
async function sendInPlaintext({ url, addresses }: Target): Promise<Outcome> {
  const title = "no token, over plain http";
  const target = new URL(url);
  target.protocol = "http:";
  // To the port of https, a server that speaks TLS gives no answer.
  const answer = await ask(target, {}, addresses);
  if (typeof answer === "string") return { title, state: "refused", text: "nothing answers" };
  const { status, headers } = answer;
  if (status >= 300 && status < 400 && headers.get("location")?.startsWith("https:"))
    return { title, state: "refused", text: `${status} to https` };
  return judgeRefusal(title, answer, [401, 403]);
}

/** Sends the user's token once, and only to a gate: to what has just refused a request without a token. */
async function sendToken(
  { url, addresses }: Target,
  authorization: string,
  [first]: readonly Outcome[],
  measurements: Measurement[] | undefined,
): Promise<Outcome> {
  const title = "your token";
  if (first?.state !== "refused") {
    return { title, state: "not-sent", text: "no gate refused the request without a token" };
  }
  const answer = await askTimed({ url, addresses }, authorization, measurements);
  if (typeof answer === "string") return { title, state: "unreachable", text: answer };
  return judgeAdmission(title, answer);
}

async function askTimed({ url, addresses }: Target, authorization: string, measurements: Measurement[] | undefined) {
  const startedMs = performance.now();
  const answer = await ask(url, { headers: { authorization } }, addresses);
  if (typeof answer !== "string") measurements?.push(readMeasurement(answer, performance.now() - startedMs));
  return answer;
}

/** How each result is shown, and whether it is what a gate does. */
const results = {
  refused: { mark: "✓", word: "refused", isGood: true },
  admitted: { mark: "✓", word: "admitted", isGood: true },
  preflight: { mark: "!", word: "ANSWERED", isGood: true },
  "let-in": { mark: "✗", word: "LET IN", isGood: false },
  elsewhere: { mark: "✗", word: "NOT THE GATE'S REFUSAL", isGood: false },
  denied: { mark: "✗", word: "NOT ADMITTED", isGood: false },
  unreachable: { mark: "?", word: "no answer", isGood: false },
  "not-sent": { mark: "?", word: "not sent", isGood: false },
} as const satisfies Record<Outcome["state"], unknown>;
const styles = { "✓": "green", "!": "yellow", "✗": "red", "?": "yellow" } as const;

function renderOutcomes(url: URL, outcomes: readonly Outcome[], paint: Paint): string {
  const letIn = outcomes.filter(({ state }) => state === "let-in").length;
  const lines = outcomes.map(({ title, state, text }) => {
    const { mark, word } = results[state];
    return `  ${paint(styles[mark], `${mark} ${title}`)}: ${word} (${showValue(text)})`;
  });
  const hint =
    letIn === outcomes.length
      ? ["", "The gate allowed every request. If the route is public, test another route."]
      : [];
  return [paint("bold", url.href), ...lines, ...hint].join("\n");
}
