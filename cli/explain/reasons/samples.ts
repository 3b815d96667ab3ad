import type { EntraResponse } from "../../../src/cli-exports/gate.ts";

export const scopes = ["orders.read"];
export const retryAfterSeconds = 30;
export const newToken = '{"access_token":{"nbf":{"essential":true,"value":"1795608000"}}}';
export const secondFactor = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
export const graphScopes = ["https://graph.microsoft.com/User.Read"];
export const answer = (error: string, code: number, more: Partial<EntraResponse> = {}): EntraResponse => ({
  status: 400,
  error,
  ...more,
  codes: [code],
});

export const byScopes = [
  { members: { scopes }, when: "the requirement of the route has scopes" },
  { members: { scopes: [] } },
] as const;
export const byChallenge = <M extends object, N extends object>(members: M, last?: N) =>
  [
    { members: { ...members, challengeable: true, ...(last as N) }, when: "the client has `cp1`" },
    { members: { ...members, challengeable: false, ...(last as N) } },
  ] as const;
