import { type Denial, describeDenial, type Reason } from "../../src/cli-exports/gate.ts";
import { reasonTexts } from "./reasons.ts";
import { describeResponse } from "./render.ts";

/** What pages say of one reason code. */
export interface ReasonDescription {
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
