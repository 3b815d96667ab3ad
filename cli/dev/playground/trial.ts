import { succeed } from "../../../src/cli-exports/common.ts";
import { parseJson } from "../../../src/cli-exports/text.ts";
import { createNodeIo } from "../../common/node-io.ts";
import { readStart } from "../../common/read-start.ts";
import { explain } from "../../explain/explain.ts";
import { takeKeysFromAuthority } from "../../explain/keys.ts";
import { describeExplanation, type ExplanationReport } from "../../explain/render.ts";
import type { GateCode } from "../../project/gate-code.ts";
import type { LocalGate } from "../../project/local-callers.ts";
import type { RequestDescription } from "../origin/echo.ts";
import type { GateLog } from "./gate-log.ts";
import type { LocalList } from "./local-list.ts";
import { type Choices, getToken, type TokenSource } from "./token.ts";

/** The running gate, and what its code decides. */
export interface PlaygroundGate extends LocalGate, TokenSource {
  readonly gateUrl: string;
  readonly onWorkers: boolean;
  /** What the code that runs now decides. */
  code(): GateCode;
  readonly log: GateLog;
  /** Absent if the gate reads no list of revocations in KV. */
  readonly list?: LocalList;
}

/** What the page shows about one request. */
export interface Trial {
  readonly token?: string;
  readonly decoded?: { readonly header: unknown; readonly claims: unknown };
  readonly answer: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
    /** Whether the body was longer, or did not end. */
    readonly isCut: boolean;
  };
  /** What the sample origin got, as it says in its answer. */
  readonly received?: ReceivedRequest;
  readonly logLine?: string;
  /** The user of the token, if the page can stop it. */
  readonly caller?: StoppableCaller;
  readonly curl: string;
  readonly explanation: ExplanationReport;
}

/** A user, or the service principal of an application, as `TENANT/OID`. */
export interface StoppableCaller {
  readonly user: string;
  readonly isStopped: boolean;
}

/** A request at the sample origin. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Bytes of a body that are shown: more than a person reads. */
const bodyBytesMaximum = 1024 * 1024;
/** A stream of events has no end. */
const answerMilliseconds = 15_000;

/**
 * Gets a token, sends a request with it to the gate, and explains the answer.
 *
 * @throws Error with a message for the page if the choices do not make a request
 */
export async function runTrial(gate: PlaygroundGate, choices: Choices): Promise<Trial> {
  const { method, path } = choices;
  const body = method === "GET" || method === "HEAD" ? "" : choices.body;
  const url = URL.parse(path, gate.gateUrl);
  if (!path.startsWith("/") || url?.origin !== gate.gateUrl) throw new Error("The path must begin with one slash.");
  const token = await getToken(gate, choices);
  const authorization = token === undefined ? null : `Bearer ${token}`;
  const headers = {
    ...(authorization !== null && { Authorization: authorization }),
    // An MCP server requires both types.
    ...(body !== "" && { "Content-Type": "application/json", Accept: "application/json, text/event-stream" }),
  };
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== "" && { body }),
    redirect: "manual",
    signal: AbortSignal.timeout(answerMilliseconds),
  });
  const { text, isWhole } = await readStart(response.body, bodyBytesMaximum);
  const code = gate.code();
  const { list } = gate;
  const explanation = await explain(
    { authorization, request: { method, url: url.href } },
    { ...code, environment: code.environment ?? gate.environment, onWorkers: gate.onWorkers },
    // Every identity here is fictitious, so the claims can be shown.
    {
      io: createNodeIo(),
      keys: takeKeysFromAuthority(createNodeIo()),
      list: list && succeed(list.text()),
      unsafe: true,
    },
  );
  const id = readInstance(text);
  const logLine = id === undefined ? undefined : await gate.log.find(id);
  const decoded = token === undefined ? {} : decode(token);
  return {
    ...(token !== undefined && { token, ...decoded }),
    ...(list !== undefined && findCaller(list, decoded)),
    answer: { status: response.status, headers: [...response.headers], body: text, isCut: !isWhole },
    ...(response.ok && readReceived(text)),
    ...(logLine !== undefined && { logLine }),
    curl: writeCurl(method, url.href, headers, body),
    explanation: describeExplanation(explanation, {
      sources: ["entra-gate dev"],
      keys: "the local Entra",
      problems: [],
    }),
  };
}

/** Reads the answer of the sample origin, if it is one. */
function readReceived(body: string): Pick<Trial, "received"> {
  try {
    const { method, url, path, headers } = parseJson(body) as Partial<RequestDescription>;
    if (typeof method !== "string" || typeof url !== "string" || typeof path !== "string") return {};
    return {
      received: { method, url, headers: Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]) },
    };
  } catch {
    return {};
  }
}

function readInstance(body: string): string | undefined {
  return /"instance":"urn:uuid:([0-9a-f-]{36})"/.exec(body)?.[1];
}

function decode(token: string): Pick<Trial, "decoded"> {
  try {
    const [header, claims] = token.split(".", 2).map((part) => parseJson(Buffer.from(part, "base64url").toString()));
    return claims === undefined ? {} : { decoded: { header, claims } };
  } catch {
    return {};
  }
}

function findCaller(list: LocalList, { decoded }: Pick<Trial, "decoded">): Pick<Trial, "caller"> {
  const { tid, oid } = (decoded?.claims ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof tid !== "string" || typeof oid !== "string") return {};
  const user = `${tid}/${oid}`;
  return { caller: { user, isStopped: list.stops(user) } };
}

function writeCurl(method: string, url: string, headers: Readonly<Record<string, string>>, body: string): string {
  const verb = method === "HEAD" ? ["--head"] : method === "GET" ? [] : ["-X", method];
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", quote(`${name}: ${value}`)]);
  const data = body === "" ? [] : ["--data-raw", quote(body)];
  return ["curl", "-i", ...verb, ...lines, ...data, quote(url)].join(" ");
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
