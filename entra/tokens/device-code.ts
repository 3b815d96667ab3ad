import { createBoundedMap } from "../common/bounded-map.ts";
import { deviceCodeSeconds, maxKept } from "../common/limits.ts";
import { createOpaque, type RandomBytes } from "../directory/subject.ts";
import type { SignIn } from "./sign-in.ts";

/** A request for tokens on a device, and what the user has decided. */
export interface DeviceRequest {
  readonly deviceCode: string;
  /** What the user types. */
  readonly userCode: string;
  readonly clientId: string;
  readonly scope: string;
  /** Path segment of the request: a tenant, or `common`, `organizations` or `consumers`. */
  readonly segment: string;
  readonly expiresAtSeconds: number;
  decision: SignIn | "declined" | undefined;
}

export interface DeviceCodes {
  add(request: Pick<DeviceRequest, "clientId" | "scope" | "segment">): DeviceRequest;
  find(deviceCode: string): DeviceRequest | undefined;
  /** A request that waits for its user. Case and white space of the code do not matter. */
  findPending(userCode: string): DeviceRequest | undefined;
  hasExpired(request: DeviceRequest): boolean;
  /** Forgets a request whose tokens were issued. */
  delete(request: DeviceRequest): void;
}

/** Without vowels, so that no code is a word, and without letters that resemble digits. */
const alphabet = "BCDFGHJKLMNPQRSTVWXYZ";

export function createDeviceCodes(nowSeconds: () => number, randomBytes: RandomBytes): DeviceCodes {
  const requests = createBoundedMap<DeviceRequest>(maxKept);
  const deviceCodes = createBoundedMap<string>(maxKept);
  const hasExpired = ({ expiresAtSeconds }: DeviceRequest) => nowSeconds() >= expiresAtSeconds;
  return {
    add(request) {
      const created: DeviceRequest = {
        ...request,
        deviceCode: createOpaque(randomBytes, 48),
        userCode: [...randomBytes(9)].map((byte) => alphabet[byte % alphabet.length]).join(""),
        expiresAtSeconds: nowSeconds() + deviceCodeSeconds,
        decision: undefined,
      };
      requests.set(created.deviceCode, created);
      deviceCodes.set(created.userCode, created.deviceCode);
      return created;
    },
    find: (deviceCode) => requests.get(deviceCode),
    findPending(userCode) {
      const found = requests.get(deviceCodes.get(userCode.replace(/\s/g, "").toUpperCase()) ?? "");
      return found && found.decision === undefined && !hasExpired(found) ? found : undefined;
    },
    hasExpired,
    delete({ deviceCode, userCode }) {
      requests.delete(deviceCode);
      deviceCodes.delete(userCode);
    },
  };
}
