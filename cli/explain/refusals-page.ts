import { type Denial, describeDenial, type Reason } from "../../src/cli-exports/gate.ts";
import { linkPages } from "./page-links.ts";
import { reasonTexts } from "./reasons.ts";
import { describeResponse } from "./render.ts";

/** Writes docs/reference/reasons.md: the meaning, the response and the fix of every reason code. */
export function renderRefusals(): string {
  return [
    "# Reason codes",
    "",
    "This page is for operators who found a `reason` in the gate's log. Each section says what the reason means, what",
    "the caller got, and how to fix it. `Log` is an example of what the line has beside the reason. Callers never see",
    "the reason: they get its class, and an `instance`, which is `urn:uuid:` and the `id` of the log line. To see why one",
    "token is refused, run `npx entra-gate explain`.",
    ...describeReasons().flatMap(renderReason),
    "",
    "## Next",
    "",
    "- [Troubleshoot](../how-to/troubleshoot.md): from a symptom to a log line to a fix.",
    "- [Log](log.md): the other members of a line.",
    "",
  ].join("\n");
}

/** Content of the page for one reason code. */
interface ReasonDescription {
  readonly reason: Reason;
  readonly meaning: string;
  /** The caller's response. */
  readonly answers: string;
  /** What the log line has beside the reason. */
  readonly logged?: string;
  readonly fix: string;
}

/** All reason codes, in the order of their families. */
export function describeReasons(): readonly ReasonDescription[] {
  return (Object.keys(reasonTexts) as Reason[]).map((reason) => {
    const cases = listCases(reason);
    const { meaning, fix } = reasonTexts[reason];
    const logged = cases.map(({ members }) => JSON.stringify(members).slice(1, -1)).find((text) => text !== "");
    return {
      reason,
      meaning,
      fix,
      answers: cases.map((each) => describeCase(reason, each)).join(", otherwise "),
      ...(logged && { logged: `\`${logged}\`` }),
    };
  });
}

function renderReason({ reason, meaning, answers, logged, fix }: ReasonDescription): readonly string[] {
  const log = logged === undefined ? [] : ["", `Log: ${logged}`];
  return ["", `## ${reason}`, "", meaning, "", `Caller: ${answers}`, ...log, "", `Fix: ${linkPages(fix)}`];
}

/** The cases of a reason. Without members there is one. */
export function listCases(reason: Reason): readonly { readonly members: object; readonly when?: string }[] {
  const text = reasonTexts[reason];
  return "samples" in text ? text.samples : [{ members: {} }];
}

/** Describes the response, and when the caller gets it. */
function describeCase(reason: Reason, { members, when }: { readonly members: object; readonly when?: string }): string {
  const refusal = describeDenial({ ...members, reason } as Denial);
  const retry = refusal.retryAfterSeconds === undefined ? "" : ", with Retry-After";
  return `\`${describeResponse(refusal)}${retry}\`${when === undefined ? "" : ` if ${when}`}`;
}
