import { accepted, judgePool, judgeUnknown, type Outcome, refused } from "./oracle.ts";
import type { Supply } from "./supply.ts";

/** One request of the load. */
export interface Plan {
  readonly path: string;
  readonly token?: string;
  readonly bodyBytes?: number;
  readonly abortAfterMs?: number;
  /** Correct outcomes. Called after the answer. */
  judge(sentAtMs: number): readonly Outcome[];
}

interface Kind {
  readonly weight: number;
  /** Waits for a slow origin, so its duration does not measure the gate. */
  readonly slow?: true;
  plan(supply: Supply, random: () => number): Plan | undefined;
}

const hotTokens = 200;
const uploadBytes = 64 * 1024;
const noChoice = (outcome: Outcome) => () => [outcome];

function present(token: string, judge: Plan["judge"], more: Partial<Plan> = {}): Plan {
  return { path: "/orders", token, judge, ...more };
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** A valid token, for a path of the origin. */
const steadily = (path: string, outcome: Outcome, more: Partial<Plan> = {}) => ({
  plan: ({ steady }: Supply, random: () => number) =>
    present(pick(steady.tokens, random), noChoice(outcome), { path, ...more }),
});

/** All kinds of requests, with their share of the load. */
export const kinds = {
  "known token": {
    weight: 36,
    plan: ({ steady }, random) => present(pick(steady.tokens.slice(0, hotTokens), random), noChoice(accepted)),
  },
  "any of all tokens": { weight: 20, ...steadily("/orders", accepted) },
  "token of a key that was rolled over to": {
    weight: 6,
    plan({ rolled, failure }, random) {
      return present(pick(rolled.tokens, random), (sentAtMs) => judgePool(rolled, failure, sentAtMs));
    },
  },
  "token of a key that was taken away": {
    weight: 3,
    plan({ removed, failure }, random) {
      if (removed.tokens.length === 0) return undefined;
      return present(pick(removed.tokens, random), (sentAtMs) => judgePool(removed, failure, sentAtMs));
    },
  },
  "expired token": { weight: 5, plan: ({ expired }, random) => present(pick(expired, random), noChoice(refused)) },
  "forged signature": {
    weight: 6,
    plan: ({ steady }, random) => present(spoil(pick(steady.tokens, random), random), noChoice(refused)),
  },
  "invented key": {
    weight: 4,
    plan(supply, random) {
      const invented = invent(pick(supply.steady.tokens, random), random);
      return present(invented, (sentAtMs) => judgeUnknown(supply.failure, sentAtMs));
    },
  },
  "no token": { weight: 3, plan: () => ({ path: "/orders", judge: noChoice("401") }) },
  "another tenant": { weight: 3, plan: ({ foreign }, random) => present(pick(foreign, random), noChoice(refused)) },
  "without the scope": {
    weight: 3,
    plan: ({ withoutScope }, random) => present(pick(withoutScope, random), noChoice("403 insufficient_scope")),
  },
  "an app": { weight: 2, plan: ({ apps }, random) => present(pick(apps, random), noChoice("403 insufficient_scope")) },
  upload: { weight: 2, ...steadily("/orders", accepted, { bodyBytes: uploadBytes }) },
  download: { weight: 1, ...steadily("/big", accepted) },
  "slow origin": { weight: 1, slow: true, ...steadily("/slow?ms=300", accepted) },
  "origin that is too slow": { weight: 0.3, slow: true, ...steadily("/too-slow", "504") },
  "origin that dies at once": { weight: 1, ...steadily("/dies-at-once", "502") },
  "origin that dies on the way": { weight: 1, slow: true, ...steadily("/dies-later", "broken") },
  "client that goes away": {
    weight: 3,
    slow: true,
    plan: ({ steady }, random) =>
      present(pick(steady.tokens, random), () => [accepted, "broken"], {
        path: "/slow?ms=20",
        abortAfterMs: Math.floor(random() * 30),
      }),
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;

const names = Object.keys(kinds) as KindName[];
const totalWeight = names.reduce((sum, name) => sum + kinds[name].weight, 0);

export function isSlow(name: KindName): boolean {
  return "slow" in kinds[name];
}

export function chooseKind(random: () => number): KindName {
  let left = random() * totalWeight;
  for (const name of names) {
    left -= kinds[name].weight;
    if (left < 0) return name;
  }
  return "known token";
}

/** Changes a character in the middle of the signature. */
function spoil(token: string, random: () => number): string {
  const index = token.length - 20 - Math.floor(random() * 200);
  return `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
}

function invent(token: string, random: () => number): string {
  const kid = `invented-${Math.floor(random() * 1e9)}`;
  const header = Buffer.from(JSON.stringify({ typ: "JWT", alg: "RS256", kid })).toString("base64url");
  return `${header}.${token.split(".").slice(1).join(".")}`;
}
