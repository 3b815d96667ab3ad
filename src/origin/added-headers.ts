import type { Reason } from "../denial.ts";
import type { Address } from "../http/address.ts";
import * as limits from "../limits.ts";
import type { Principal } from "../token/principal.ts";
import { countBytes, type HeaderList } from "./header-list.ts";
import { identityHeaders } from "./identity.ts";

/**
 * Lists what the gate tells the origin: who calls, and where the client's request was addressed to. An origin under another
 * address cannot know that otherwise, and one behind plain HTTP makes its links of it.
 *
 * @param address of the client's request
 * @param principal `undefined` on public routes
 * @param reported why policy would have refused the request, in report mode
 * @returns `undefined` where it would be more than `limits.addedHeaderBytes`
 */
export function listAddedHeaders(
  { host, protocol }: Address,
  principal: Principal | undefined,
  reported: Reason | undefined,
): HeaderList | undefined {
  const headers: HeaderList = [
    ["x-forwarded-host", host],
    ["x-forwarded-proto", protocol.slice(0, -1)],
    ...(reported === undefined ? [] : [["x-entra-reported", reported] as const]),
  ];
  const roomBytes = limits.addedHeaderBytes - countBytes(headers);
  const identity = principal === undefined ? [] : identityHeaders(principal, roomBytes);
  return identity === undefined || roomBytes < 0 ? undefined : [...headers, ...identity];
}
