import type { Denial, Reason } from "../../denial.ts";
import { describeDenial } from "../../refusal.ts";
import { reasonTexts } from "./reasons.ts";
import { describeAnswer } from "./render.ts";

/** Members of a denial. The response depends on some of them. */
const members = {
  scopes: ["orders.read"],
  context: "c1",
  revokedAtSeconds: 1_795_608_000,
  retryAfterSeconds: 30,
  cause: "…",
  part: "payload",
  parameter: "jku",
  claim: "roles",
};

/** Writes docs/reference/reasons.md: the meaning, the response and the fix of every reason code. */
export function renderRefusals(): string {
  return [
    "# Reason codes",
    "",
    "This page is for operators who found a `reason` in the gate's log. Each section says what the reason means, what the caller",
    "got and how to fix it. Callers never see the reason: they get its class, and an `instance` that is the `id` of the log line.",
    "",
    "To see why one token is refused, run `npx entra-gate explain`.",
    "",
    "`node scripts/write-refusals.ts` writes this page from `src/denial.ts`, `src/refusal.ts` and `src/cli/explain/reasons/`.",
    "",
    "Next: [Troubleshoot](../how-to/troubleshoot.md) starts from a symptom.",
    ...describeReasons().flatMap(renderReason),
    "",
  ].join("\n");
}

/** Content of the page for one reason code. */
interface ReasonDescription {
  readonly reason: Reason;
  readonly meaning: string;
  /** The caller's response. */
  readonly answers: string;
  readonly fix: string;
}

/** All reason codes, in the order of their families. */
export function describeReasons(): readonly ReasonDescription[] {
  const reasons = Object.keys(reasonTexts) as Reason[];
  return reasons.map((reason) => ({ reason, ...reasonTexts[reason], answers: describeAnswers(reason) }));
}

function renderReason({ reason, meaning, answers, fix }: ReasonDescription): readonly string[] {
  return ["", `## ${reason}`, "", meaning, "", `Caller: ${answers}`, "", `Fix: ${fix}`];
}

/** Describes the response, or two if it depends on whether the client answers claims challenges. */
function describeAnswers(reason: Reason): string {
  const [able, unable] = [true, false].map((challengeable) => {
    const refusal = describeDenial({ ...members, reason, challengeable } as unknown as Denial);
    const retry = refusal.retryAfterSeconds === undefined ? "" : ", with Retry-After";
    return `${describeAnswer(refusal)}${retry}`;
  });
  return able === unable ? `\`${able}\`` : `\`${able}\` if the client has \`cp1\`, otherwise \`${unable}\``;
}
