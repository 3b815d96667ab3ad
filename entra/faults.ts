// Failures on demand, by the names that the test kit, the HTTP API and the page of the local Entra share.

import { maxKept } from "./common/limits.ts";
import { type Outage, outageKinds } from "./common/outage.ts";
import type { ConditionalAccessConfig } from "./directory/config.ts";
import { graph } from "./directory/scope.ts";
import type { Entra } from "./entra.ts";
import { requireKnownNames } from "./known-names.ts";
import type { Revocation } from "./tokens/revocation.ts";

/** Failures that a test or a developer can cause, and what ends them. */
export interface Faults {
  /**
   * Changes the signing key. `emergency` signs with a new key at once. `planned` publishes it, and `switchKey` starts
   * to sign with it. Old keys stay published until `removeKey`.
   *
   * @returns the `kid` of the new key
   */
  rollOver(kind: "planned" | "emergency"): Promise<string>;
  /** Starts to sign with the next key, and publishes it if `rollOver` has not. @returns its `kid` */
  switchKey(): Promise<string>;
  /** Removes a published key. It can still sign tokens. @returns false if it was not published */
  removeKey(kid: string): Promise<boolean>;
  /**
   * Makes the discovery and key endpoints, or one endpoint, fail from now on: outages, slowness, throttling, broken
   * documents.
   */
  startOutage(outage?: Outage): void;
  /** Ends every outage: all endpoints answer again. */
  endOutage(): void;
  /** Sets how far the clock is ahead, in seconds. A negative number sets it back, and 0 ends the fault. */
  setClockOffset(seconds: number): void;
  /** Sets the lifetime of access tokens that are issued from now on, in seconds. */
  setTokenLifetime(seconds: number): void;
  /**
   * Replaces the policies of Conditional Access that were set before. Those of the directory stay. An empty list ends
   * all.
   */
  setConditionalAccess(policies: readonly ConditionalAccessConfig[]): void;
  /** Ends the sessions and refresh tokens of a user, of a client, of both, or all. Access tokens stay valid. */
  revoke(revocation?: Revocation): void;
}

const revocationNames = ["persona", "client"];

export function createFaults({ directory, ...entra }: Entra): Faults {
  /** A fault that names nobody would have no effect. Policies and revocations compare short names. */
  function requireUser(name: string | undefined): void {
    const isKnown = name === undefined || directory.findUser(name)?.shortName === name;
    if (!isKnown) throw new RangeError(`no user "${name}" in the directory: use a short name, such as member`);
  }

  function requireAppName(name: string | undefined, kind: "client" | "API"): void {
    const isKnown = name === undefined || directory.findApp(name)?.shortName === name;
    if (!isKnown) throw new RangeError(`no ${kind} "${name}" in the directory: use a short name, such as spa`);
  }

  return {
    rollOver: entra.rollOver,
    switchKey: entra.switchKey,
    removeKey: entra.removeKey,
    startOutage(outage = { kind: "down" }) {
      // `ok` is no failure: `endOutage` ends all.
      if (!outageKinds.includes(outage.kind)) throw new RangeError(`kind must be one of ${outageKinds.join(", ")}`);
      entra.setOutage(outage);
    },
    endOutage() {
      for (const endpoint of ["discovery", "keys", "token", "graph"] as const)
        entra.setOutage({ kind: "ok", endpoint });
    },
    setClockOffset(seconds) {
      if (!Number.isSafeInteger(seconds)) throw new RangeError("seconds must be a whole number, such as -600");
      entra.setClockOffset(seconds);
    },
    setTokenLifetime(seconds) {
      if (!Number.isSafeInteger(seconds) || seconds < 2) throw new RangeError("seconds must be 2 or more");
      entra.setTokenLifetime(seconds);
    },
    setConditionalAccess(policies) {
      if (!Array.isArray(policies)) throw new RangeError('policies must be a list, such as [{ "control": "mfa" }]');
      for (const policy of policies) {
        requireKnownNames(policy, ["user", "app", "api", "control"], "member");
        requireUser(policy.user);
        requireAppName(policy.app, "client");
        if (policy.api !== graph.shortName) requireAppName(policy.api, "API");
      }
      if (policies.length > maxKept) throw new RangeError(`there must be at most ${maxKept} policies`);
      entra.setConditionalAccess(policies);
    },
    revoke(revocation = {}) {
      requireKnownNames(revocation, revocationNames, "member");
      const { client } = revocation;
      const app = client === undefined ? undefined : directory.findApp(client);
      if (client !== undefined && app === undefined) throw new RangeError(`no client "${client}" in the directory`);
      requireUser(revocation.persona);
      entra.revoke({ ...revocation, ...(app && { client: app.clientId }) });
    },
  };
}

/** A fault as the HTTP API takes it. */
interface FaultRequest {
  /** Names of the members that a body can have. */
  readonly members: readonly string[];
  /** A body that shows its members. */
  readonly example: object;
  /** Causes it. Returns what the API answers. */
  cause(faults: Faults, body: Record<string, unknown>): unknown;
}

/** The faults by name, as `POST /local/faults/NAME` takes them. */
export const faultRequests: Readonly<Record<keyof Faults, FaultRequest>> = {
  rollOver: {
    members: ["kind"],
    example: { kind: "planned" },
    async cause(faults, { kind }) {
      if (kind !== "planned" && kind !== "emergency") throw new RangeError('kind must be "planned" or "emergency"');
      return { kid: await faults.rollOver(kind) };
    },
  },
  switchKey: { members: [], example: {}, cause: async (faults) => ({ kid: await faults.switchKey() }) },
  removeKey: {
    members: ["kid"],
    example: { kid: "KID" },
    async cause(faults, { kid }) {
      if (typeof kid !== "string") throw new RangeError("kid must be the kid of a key, as GET /local/keys lists them");
      return { removed: await faults.removeKey(kid) };
    },
  },
  startOutage: {
    members: ["kind", "endpoint", "requests", "delayMs", "retryAfterSeconds"],
    example: { kind: "down", endpoint: "token" },
    cause(faults, body) {
      faults.startOutage(body as unknown as Outage);
      return body;
    },
  },
  endOutage: { members: [], example: {}, cause: (faults) => faults.endOutage() },
  setClockOffset: {
    members: ["seconds"],
    example: { seconds: -600 },
    cause: (faults, { seconds }) => faults.setClockOffset(seconds as number),
  },
  setTokenLifetime: {
    members: ["seconds"],
    example: { seconds: 60 },
    cause: (faults, { seconds }) => faults.setTokenLifetime(seconds as number),
  },
  setConditionalAccess: {
    members: ["policies"],
    example: { policies: [{ user: "member", control: "mfa" }] },
    cause: (faults, { policies }) => faults.setConditionalAccess(policies as readonly ConditionalAccessConfig[]),
  },
  revoke: {
    members: revocationNames,
    example: { persona: "member" },
    cause: (faults, body) => faults.revoke(body),
  },
};

/**
 * Causes the fault that a request names.
 *
 * @param body as it was sent; `undefined` if there was none
 * @returns what the API answers
 * @throws RangeError for an unknown fault, an unknown member, or a wrong value
 */
export async function causeFault(faults: Faults, name: string, body: unknown = {}): Promise<object> {
  const names = Object.keys(faultRequests);
  if (!names.includes(name)) throw new RangeError(`the fault must be one of ${names.join(", ")}`);
  const { members, cause } = faultRequests[name as keyof Faults];
  requireKnownNames(body, members, "member");
  return ((await cause(faults, body as Record<string, unknown>)) ?? {}) as object;
}
