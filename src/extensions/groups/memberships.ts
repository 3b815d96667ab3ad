import { nameNetworkError } from "../../base/common/cause.ts";
import type { Io } from "../../base/common/io.ts";
import { parseJson, readJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isObject } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { readBounded } from "../../base/http/bounded-body.ts";
import { isGuid } from "../../core/config/guid.ts";
import { readRetryAfter } from "../../core/keys/document.ts";
import { readClaimsChallenge } from "../downstream/challenge.ts";

/** Why Microsoft Graph did not say in which groups a user is. */
export type GraphFailure =
  | { readonly kind: "unavailable"; readonly cause: string; readonly retryAfterMs?: number }
  | { readonly kind: "throttled"; readonly retryAfterMs?: number }
  /** Graph refuses the call, with `Authorization_RequestDenied` if the token lacks its permission. */
  | { readonly kind: "denied"; readonly cause: string }
  /** The list has more pages than the gate reads, or more groups than Graph returns at once. */
  | { readonly kind: "too_many_pages" | "too_many_groups" }
  /** Claims of the challenge, as JSON text. */
  | { readonly kind: "challenged"; readonly claims: string };

/** One question about one user. */
export interface MembershipQuestion {
  /** Origin of Microsoft Graph. */
  readonly graph: string;
  readonly accessToken: string;
  /** Object ID of the user, whom the token is for. */
  readonly user: string;
  readonly signal: AbortSignal;
}

/** Returns the object IDs of the groups of a user. Never throws. */
export type ReadMemberships = (
  io: Pick<Io, "fetch">,
  question: MembershipQuestion,
) => Promise<Result<ReadonlySet<string>, GraphFailure>>;

/**
 * Lists groups of all kinds, nested ones too. It needs `User.Read` alone.
 *
 * @see https://learn.microsoft.com/graph/api/user-list-transitivememberof
 */
export const listTransitiveGroups: ReadMemberships = async (io, question) => {
  const { graph, user } = question;
  // Graph may write the user into the address of the next page.
  const paths = ["me", `users/${user}`, `users('${user}')`].map((owner) => `/v1.0/${owner}/transitiveMemberOf`);
  const groups = new Set<string>();
  let url: string | undefined = `${graph}${paths[0]}?$select=id&$top=999`;
  for (let pages = 0; url !== undefined; pages += 1) {
    if (pages >= limits.groupPages) return fail({ kind: "too_many_pages" });
    const answer = await ask(io, question, url);
    if (!answer.ok) return answer;
    const { value, "@odata.nextLink": next } = answer.value;
    if (!Array.isArray(value)) return malformed("no list");
    for (const entry of value as readonly unknown[]) {
      const { "@odata.type": type, id } = Object(entry) as Readonly<Record<string, unknown>>;
      if (typeof type !== "string") return malformed("an entry without a type");
      if (type !== "#microsoft.graph.group") continue;
      if (!isGuid(id)) return malformed("a group without an object ID");
      groups.add(id);
    }
    url = findNextPage(next, graph, paths);
    if (next !== undefined && url === undefined) return malformed("a nextLink elsewhere");
  }
  return succeed(groups);
};

/**
 * Lists security groups, nested ones too. It needs `User.Read` and `GroupMember.Read.All`.
 *
 * @see https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
 */
export const listSecurityGroups: ReadMemberships = async (io, question) => {
  const url = `${question.graph}/v1.0/me/getMemberGroups`;
  const answer = await ask(io, question, url, '{"securityEnabledOnly":true}');
  if (!answer.ok) return answer;
  const { value, "@odata.nextLink": next } = answer.value;
  if (!Array.isArray(value) || next !== undefined) return malformed("no list, or one with pages");
  if (!value.every(isGuid)) return malformed("a group without an object ID");
  return succeed(new Set(value));
};

function malformed(what: string) {
  return fail({ kind: "unavailable", cause: `answer with ${what}` } as const);
}

/** @returns the address, if it is one of the same list: the token must not be sent elsewhere */
function findNextPage(next: unknown, graph: string, paths: readonly string[]): string | undefined {
  const url = typeof next === "string" ? URL.parse(next) : null;
  const isOfList =
    url !== null &&
    `${url.protocol}//${url.host}` === graph &&
    `${url.username}${url.password}` === "" &&
    paths.includes(url.pathname);
  return isOfList ? url.href : undefined;
}

type Answer = Readonly<Record<string, unknown>>;

async function ask(
  io: Pick<Io, "fetch">,
  { accessToken, signal }: MembershipQuestion,
  url: string,
  body?: string,
): Promise<Result<Answer, GraphFailure>> {
  const headers = {
    authorization: `Bearer ${accessToken}`,
    accept: "application/json",
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const method = body === undefined ? "GET" : "POST";
  try {
    const response = await io.fetch(url, { method, headers, ...(body && { body }), redirect: "manual", signal });
    const text = await readBounded(response.body, limits.groupPageBytes);
    if (response.status !== 200) return fail(describeRefusal(response, text));
    if (text === undefined) return fail({ kind: "unavailable", cause: "answer exceeds the size limit" });
    const answer: unknown = parseJson(text);
    if (!isObject(answer)) return malformed("no object");
    return "error" in answer ? malformed("an error") : succeed(answer as Answer);
  } catch (cause) {
    return fail({ kind: "unavailable", cause: nameNetworkError(cause) });
  }
}

/** Statuses of a question that Graph would refuse again. */
const refusedStatuses = [400, 403, 404];

/** @see https://learn.microsoft.com/graph/errors */
function describeRefusal(response: Response, text: string | undefined): GraphFailure {
  const { status } = response;
  const code = readCode(text);
  const claims = readClaimsChallenge(response);
  if (claims !== undefined) return { kind: "challenged", claims };
  if (status === 400 && code === "Directory_ResultSizeLimitExceeded") return { kind: "too_many_groups" };
  if (status === 429) return { kind: "throttled", ...readPause(response) };
  const cause = `status ${status} ${code}`.trim();
  if (refusedStatuses.includes(status)) return { kind: "denied", cause };
  return { kind: "unavailable", cause, ...readPause(response) };
}

/** Reads `Retry-After`. A short time would let each request of a caller ask Graph. */
function readPause(response: Response): { retryAfterMs?: number } {
  const { retryAfterMs } = readRetryAfter(response);
  return retryAfterMs === undefined ? {} : { retryAfterMs: Math.max(retryAfterMs, limits.graphFailureMilliseconds) };
}

/** A code of Graph, for the log. Its message can name users. */
function readCode(text = ""): string {
  const { code } = Object(Object(readJson(text)).error) as { readonly code?: unknown };
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "";
}
