import { constants, createHash, createPublicKey, publicDecrypt } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Reason } from "../../src/denial.ts";
import { startFleet } from "../support/fleet.ts";
import type { HttpRequest } from "../support/http.ts";
import { assemble, rawRsa, type Signature } from "../support/own-key.ts";
import { badCredential, badToken, expectRefused, listSecrets } from "../support/refusal.ts";
import { itAccepts, itRefuses, type Recipe } from "../support/rows.ts";
import { expectSameVerdict } from "../support/verdict.ts";

/** Wycheproof's vectors, outside the project. This file fails if they are missing. */
const directory = path.resolve(import.meta.dirname, "../../../shared/vectors/wycheproof");

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid";
  /** A compact token, or an object of a JSON serialization. */
  readonly jws?: string | object;
  readonly jwe?: string | object;
}

interface Group {
  readonly comment: string;
  readonly public?: Readonly<Record<string, unknown>>;
  readonly tests: readonly Vector[];
}

async function readGroups(name: string): Promise<readonly Group[]> {
  const { testGroups } = JSON.parse(await readFile(path.join(directory, `${name}.json`), "utf8"));
  return testGroups;
}

const files = {
  json_web_signature_test: 401,
  json_web_crypto_test: 83,
  json_web_key_test: 26,
  json_web_encryption_test: 139,
} as const;
const groups = new Map<string, readonly Group[]>();
for (const name of Object.keys(files)) groups.set(name, await readGroups(name));

const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

/** Text that may follow `Bearer` (RFC 6750 section 2.1), and JSON serialization, which is another kind of token. */
const presentable = /^[A-Za-z0-9\-._~+/=]+$|^\{/;

/** Expects a refusal of every vector, because this gate accepts no caller of its claims. */
async function expectAnyRefusal({ jws, jwe }: Vector): Promise<void> {
  const vector = jws ?? jwe;
  const token = typeof vector === "object" ? JSON.stringify(vector) : vector!;
  const request: HttpRequest = { headers: [["Authorization", `Bearer ${token}`]] };
  const sentAtMs = Date.now();
  const answer = await fleet.send("delegated", request);
  expect(answer.status, answer.body).toBe(presentable.test(token) ? 401 : 400);
  const line = await fleet.lineOf(JSON.parse(answer.body).instance);
  const { reason } = line;
  await expectSameVerdict(fleet, "delegated", request, sentAtMs, line);
  const refusal = answer.status === 401 ? badToken(reason as Reason) : badCredential(reason as Reason);
  await expectRefused(fleet, "delegated", answer, refusal, listSecrets(request));
}

for (const [name, count] of Object.entries(files)) {
  describe(name, () => {
    const vectors = groups.get(name)!.flatMap(({ tests }) => tests);

    it(`has ${count} vectors`, () => {
      expect(vectors).toHaveLength(count);
    });

    for (const vector of vectors) {
      it(`${vector.tcId} ${vector.comment}`, () => expectAnyRefusal(vector));
    }
  });
}

describe("no vector", () => {
  it("reached the origin or made the gate fetch keys", async () => {
    const { calls, origin } = await fleet.ledger();
    expect({ calls, count: origin.count }).toEqual({ calls: [], count: 0 });
  });
});

/**
 * The padded block of a vector's signature, with this message's digest instead of the vector's, signed with a published
 * key, so that the block has the token's only fault.
 */
function transplant(group: Group, vector: Vector): Recipe {
  const [header, payload, signature] = (vector.jws as string).split(".");
  const key = createPublicKey({ key: group.public as never, format: "jwk" });
  const block = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(signature!, "base64url"));
  const at = block.indexOf(sha256(`${header}.${payload}`));
  return ({ own, ownHeader, claims }) => {
    const sign: Signature = (input) => {
      const copy = Buffer.from(block);
      if (at !== -1) sha256(input).copy(copy, at);
      return rawRsa(own.privateKey, copy);
    };
    return assemble(ownHeader, claims, sign);
  };
}

function sha256(input: string | Buffer): Buffer {
  return createHash("sha256").update(input).digest();
}

describe("paddings of PKCS #1, over a valid token", () => {
  const rs256 = groups
    .get("json_web_signature_test")!
    .filter(({ comment }) => comment === "rs256")
    .flatMap((group) => group.tests.map((vector) => ({ group, vector })));
  const modified = rs256.filter(({ vector }) => vector.flags.includes("ModifiedPadding"));
  const valid = rs256.filter(({ group, vector }) => vector.result === "valid" && vector.tcId < 50 && group.public);
  const name = ({ tcId, comment }: Vector) => `A25 ${tcId} ${comment}`;

  it("are two hundred and thirteen", () => {
    expect([modified.length, valid.length]).toEqual([213, 1]);
  });
  itRefuses(
    fleet,
    "delegated",
    modified.map(({ group, vector }) => [name(vector), transplant(group, vector), badToken("signature_invalid")]),
  );
  itAccepts(
    fleet,
    "delegated",
    valid.map(({ group, vector }) => [name(vector), transplant(group, vector)]),
  );
});
