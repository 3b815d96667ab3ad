import { succeed } from "../../../src/cli-exports/common.ts";
import type { Environment } from "../../../src/cli-exports/policy.ts";
import { parseJson } from "../../../src/cli-exports/text.ts";
import { createNodeIo } from "../../common/node-io.ts";
import { readStart } from "../../common/read-start.ts";
import { explain } from "../../explain/explain.ts";
import { takeKeysFromAuthority } from "../../explain/keys.ts";
import { describeExplanation, type ExplanationReport } from "../../explain/render.ts";
import type { GateCode } from "../../project/gate-code.ts";
import type { RequestDescription } from "../origin/echo.ts";
import type { GateLog } from "./gate-log.ts";
import type { LocalList } from "./local-list.ts";
import { type Choices, getToken } from "./token.ts";

/** The running gate, and what its code decides. */
export interface PlaygroundGate {
  readonly gateUrl: string;
  readonly entraUrl: string;
  readonly environment: Environment;
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

/** Bytes of a body that are read: the headers that the sample origin got, with a long token. */
const readBodyBytes = 64 * 1024;
/** Characters of a body that the page shows. */
const shownBodyCharacters = 4_096;
/** A stream of events has no end. */
const answerMilliseconds = 15_000;

/**
 * Gets a token, sends a request with it to the gate, and explains the answer.
 *
 * @throws Error with a message for the page if the choices do not make a request
 */
export async function runTrial(gate: PlaygroundGate, choices: Choices): Promise<Trial> {
  const { method, path } = choices;
  const url = URL.parse(path, gate.gateUrl);
  if (!path.startsWith("/") || url?.origin !== gate.gateUrl) throw new Error("The path must begin with one slash.");
  const token = await getToken(gate.entraUrl, choices);
  const authorization = token === undefined ? null : `Bearer ${token}`;
  const response = await fetch(url, {
    method,
    headers: authorization === null ? {} : { authorization },
    redirect: "manual",
    signal: AbortSignal.timeout(answerMilliseconds),
  });
  const body = await readStart(response.body, readBodyBytes);
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
  const id = readInstance(body);
  const logLine = id === undefined ? undefined : await gate.log.find(id);
  const decoded = token === undefined ? {} : decode(token);
  return {
    ...(token !== undefined && { token, ...decoded }),
    ...(list !== undefined && findCaller(list, decoded)),
    answer: { status: response.status, headers: [...response.headers], body: body.slice(0, shownBodyCharacters) },
    ...(response.ok && readReceived(body)),
    ...(logLine !== undefined && { logLine }),
    curl: writeCurl(method, url.href, authorization),
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

function writeCurl(method: string, url: string, authorization: string | null): string {
  const header = authorization === null ? [] : ["-H", quote(`Authorization: ${authorization}`)];
  return ["curl", "-i", ...(method === "GET" ? [] : ["-X", method]), ...header, quote(url)].join(" ");
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
