// Speed and memory of the local Entra: node --expose-gc lab/entra.ts [--sign-ins]
//
// It prints the time until the first token, and tokens per second beside bare RS256 signing by jose. With --sign-ins,
// it prints the heap after garbage collection at 10,000 and 100,000 sign-ins instead. Both counts begin after 10,000
// sign-ins of warm-up.
import { SignJWT } from "jose";
import { createEntra, type Entra } from "../entra/entra.ts";
import { generateKeyPair } from "../entra/keys/key-ring.ts";
import { api, clients, tenants } from "../entra/testing.ts";

const authority = "https://localhost:8788";
const tokenUrl = `${authority}/${tenants.contoso.id}/oauth2/v2.0/token`;
const authorizeUrl = `${authority}/${tenants.contoso.id}/oauth2/v2.0/authorize`;
const verifier = "verifier-of-forty-three-characters-or-more-0";
const rounds = 5;
const tokensInRound = 1_000;
const inFlight = 16;
const collections = 10;
/** Fill the bounded maps, and let the engine compile what it will compile. */
const warmUpSignIns = 10_000;

const daemonForm = {
  grant_type: "client_credentials",
  client_id: clients.daemon.clientId,
  client_secret: clients.daemon.secret,
  scope: `${api.appIdUri}/.default`,
};

async function post(entra: Entra, form: Record<string, string>, headers: Record<string, string> = {}): Promise<string> {
  const response = await entra.fetch(
    new Request(tokenUrl, { method: "POST", headers, body: new URLSearchParams(form) }),
  );
  if (response.status !== 200) throw new Error(await response.text());
  return response.text();
}

/** Calls a function many times, several at once. Returns calls per second. */
async function measure(count: number, call: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return (count * 1_000) / (performance.now() - startMs);
}

function findMedian(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** Rounds alternate, so that a busy machine slows both. */
async function compareTokens(): Promise<void> {
  const startMs = performance.now();
  const entra = createEntra();
  await post(entra, daemonForm);
  console.log(`first token after ${Math.round(performance.now() - startMs)} ms`);

  const { privateKey } = await generateKeyPair(2048);
  const claims = JSON.parse(atob(JSON.parse(await post(entra, daemonForm)).access_token.split(".")[1]));
  const sign = () => new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(privateKey);
  const [bare, whole]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await measure(tokensInRound, sign));
    whole.push(await measure(tokensInRound, () => post(entra, daemonForm)));
  }
  const [signed, issued] = [findMedian(bare), findMedian(whole)];
  console.log(
    `${Math.round(issued)} tokens per second; jose signs ${Math.round(signed)}; ratio ${(issued / signed).toFixed(2)}`,
  );
}

async function challenge(): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(digest).toString("base64url");
}

/** Signs a user in, and redeems the code. The key is short: heap, not time, is measured. */
async function signIn(entra: Entra, number: number, codeChallenge: string): Promise<void> {
  const common = { client_id: clients.spa.clientId, redirect_uri: "http://localhost/callback" };
  const body = new URLSearchParams({
    ...common,
    response_type: "code",
    scope: `openid offline_access ${api.appIdUri}/access_as_user`,
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
    persona: `contoso-${number % 10_000}`,
  });
  const response = await entra.fetch(new Request(authorizeUrl, { method: "POST", body }));
  const code = new URL(response.headers.get("location")!).searchParams.get("code")!;
  const form = { ...common, grant_type: "authorization_code", code, code_verifier: verifier };
  await post(entra, form, { origin: "http://localhost" });
}

/** What requests leave behind is finalized only after a collection, so one is not enough. */
async function settleHeap(): Promise<number> {
  for (let round = 0; round < collections; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return process.memoryUsage().heapUsed;
}

async function measureHeap(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("run with node --expose-gc");
  const entra = createEntra({ makeKeyPair: () => generateKeyPair(1024) });
  const codeChallenge = await challenge();
  const heaps: number[] = [];
  let done = 0;
  const signInUntil = async (count: number) => {
    while (done < count) {
      const batch = Array.from({ length: inFlight }, (_, index) => signIn(entra, done + index, codeChallenge));
      await Promise.all(batch);
      done += inFlight;
    }
  };
  await signInUntil(warmUpSignIns);
  await settleHeap();
  for (const count of [10_000, 100_000]) {
    await signInUntil(warmUpSignIns + count);
    heaps.push(await settleHeap());
    console.log(
      `${done - warmUpSignIns} sign-ins after ${warmUpSignIns} of warm-up: heap of ${(heaps.at(-1)! / 2 ** 20).toFixed(1)} MiB; kept ${JSON.stringify(entra.kept())}`,
    );
  }
  const [first, last] = heaps as [number, number];
  console.log(`growth ${((last / first - 1) * 100).toFixed(1)} %`);
}

await (process.argv.includes("--sign-ins") ? measureHeap() : compareTokens());
