import {
  describeCause,
  fail,
  type Io,
  type Result,
  readBounded,
  succeed,
  withDeadline,
} from "../../src/cli-exports/common.ts";
import { parseJson } from "../../src/cli-exports/text.ts";

const answerMilliseconds = 10_000;
const answerBytes = 4 * 1024 * 1024;
/** As many as one call of `getByIds` takes. */
const idsPerCall = 1_000;

/** What the API's registration puts into tokens (resource type application). */
export interface ApiRegistration {
  /** Values of `groupMembershipClaims`; empty for no groups. */
  readonly claims: readonly string[];
  /** `additionalProperties` of the claim `groups` in access tokens. */
  readonly properties: readonly string[];
}

/** A group of the tenant (resource type group). */
export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string;
  readonly securityEnabled: boolean;
}

/** Reads what an operator may read in Microsoft Graph. */
export interface Directory {
  findRegistration(clientId: string): Promise<Result<ApiRegistration, string>>;
  /** Delegated permissions to which an administrator has consented for all users. */
  findConsents(clientId: string): Promise<Result<readonly string[], string>>;
  /** Those of the groups that exist and may be read. */
  findGroups(ids: readonly string[]): Promise<Result<readonly DirectoryGroup[], string>>;
}

/** @param graph address of Microsoft Graph with its version */
export function createDirectory(io: Io, graph: string, token: string): Directory {
  async function ask(path: string, body?: object): Promise<Result<Members, string>> {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      "content-type": "application/json",
    };
    const request = new Request(graph + path, {
      headers,
      redirect: "manual",
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    try {
      const answer = await withDeadline(io, answerMilliseconds, io.fetch(request).then(readAnswer));
      return answer ?? fail(`no answer in ${answerMilliseconds / 1_000} s`);
    } catch (error) {
      return fail(describeCause(error));
    }
  }

  return {
    async findRegistration(clientId) {
      const answer = await ask(`/applications(appId='${clientId}')?$select=groupMembershipClaims,optionalClaims`);
      return answer.ok ? succeed(readRegistration(answer.value)) : answer;
    },
    async findConsents(clientId) {
      const answer = await ask(`/servicePrincipals(appId='${clientId}')/oauth2PermissionGrants`);
      if (!answer.ok) return answer;
      const ofAll = listOf(answer.value.value)
        .map(membersOf)
        .filter(({ consentType }) => consentType === "AllPrincipals");
      return succeed(ofAll.flatMap(({ scope }) => String(scope).split(" ")));
    },
    async findGroups(ids) {
      const groups: DirectoryGroup[] = [];
      for (let start = 0; start < ids.length; start += idsPerCall) {
        const body = { ids: ids.slice(start, start + idsPerCall), types: ["group"] };
        const answer = await ask("/directoryObjects/getByIds?$select=id,displayName,securityEnabled", body);
        if (!answer.ok) return answer;
        groups.push(...listOf(answer.value.value).map(readGroup));
      }
      return succeed(groups);
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members => Object(value) as Members;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

async function readAnswer(response: Response): Promise<Result<Members, string>> {
  const text = await readBounded(response.body, answerBytes);
  if (text === undefined) return fail("an answer above 4 MB");
  const answer = membersOf(parseJson(text === "" ? "null" : text));
  if (response.status === 200) return succeed(answer);
  const { code } = membersOf(answer.error);
  return fail(`status ${response.status}${typeof code === "string" ? ` ${code}` : ""}`);
}

function readRegistration({ groupMembershipClaims: claims, optionalClaims }: Members): ApiRegistration {
  const ofGroups = listOf(membersOf(optionalClaims).accessToken)
    .map(membersOf)
    .filter(({ name }) => name === "groups");
  return {
    claims: typeof claims === "string" ? claims.split(/[\s,]+/).filter((each) => each !== "" && each !== "None") : [],
    properties: ofGroups.flatMap(({ additionalProperties }) => listOf(additionalProperties)).map(String),
  };
}

function readGroup(value: unknown): DirectoryGroup {
  const { id, displayName, securityEnabled } = membersOf(value);
  return { id: String(id).toLowerCase(), displayName: String(displayName), securityEnabled: securityEnabled === true };
}
