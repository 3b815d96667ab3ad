// Runtimes: workerd, deno
import { constants, createHash, createPublicKey, publicDecrypt } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Reason } from "../../../src/base/common/denial.ts";
import { startFleet } from "../../support/fleet.ts";
import type { HttpRequest } from "../../support/http.ts";
import { assemble, rawRsa, type Signature } from "../../support/own-key.ts";
import { badCredential, badToken, expectRefused, listSecrets } from "../../support/refusal.ts";
import { itAccepts, itRefuses, type Recipe } from "../../support/rows.ts";
import { expectSameVerdict } from "../../support/verdict.ts";

interface Vector {
  /** Its number in Wycheproof's file of the same name. */
  readonly id: number;
  readonly title: string;
  readonly valid?: boolean;
  /** Whether its only fault is the padding of PKCS #1. */
  readonly padding?: true;
  readonly token: string;
}

interface Group {
  readonly title: string;
  readonly key?: Readonly<Record<string, unknown>>;
  readonly tokens: readonly Vector[];
}

const files = { signature: 401, key: 26, encryption: 32 } as const;
const groups = Object.fromEntries(
  await Promise.all(
    Object.keys(files).map(async (name) => {
      const file = path.resolve(import.meta.dirname, `../../vectors/wycheproof/${name}.json`);
      return [name, JSON.parse(await readFile(file, "utf8"))] as const;
    }),
  ),
) as Readonly<Record<keyof typeof files, readonly Group[]>>;

const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

/** Text that may follow `Bearer` (RFC 6750 section 2.1), and JSON serialization, which is another kind of token. */
const presentable = /^[A-Za-z0-9\-._~+/=]+$|^\{/;

/** Expects a refusal of every vector, because this gate accepts no caller of its claims. */
async function expectAnyRefusal({ token }: Vector): Promise<void> {
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

describe.each(Object.entries(files))("Wycheproof's vectors of a %s", { tags: "signature" }, (name, count) => {
  const vectors = groups[name as keyof typeof files].flatMap(({ title, tokens }) =>
    tokens.map((vector) => ({ ...vector, title: `${title}: ${vector.title}` })),
  );

  it(`are ${count}`, () => {
    expect(vectors).toHaveLength(count);
  });

  for (const vector of vectors) it(`${vector.id} ${vector.title}`, () => expectAnyRefusal(vector));
});

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
function transplant({ key: jwk }: Group, { token }: Vector): Recipe {
  const [header, payload, signature] = token.split(".");
  const key = createPublicKey({ key: jwk as never, format: "jwk" });
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
  const [group] = groups.signature.filter(({ tokens }) => tokens.some(({ padding }) => padding));
  const { tokens = [] } = group ?? {};
  const modified = tokens.filter(({ padding }) => padding);
  const valid = tokens.filter((vector) => vector.valid);
  const name = ({ id, title }: Vector) => `A25 ${id} ${title}`;

  it("are two hundred and thirteen", () => {
    expect([modified.length, valid.length]).toEqual([213, 1]);
  });
  itRefuses(
    fleet,
    "delegated",
    modified.map((vector) => [name(vector), transplant(group!, vector), badToken("signature_invalid")]),
  );
  itAccepts(
    fleet,
    "delegated",
    valid.map((vector) => [name(vector), transplant(group!, vector)]),
  );
});
