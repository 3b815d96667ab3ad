import type { Reason } from "../../../src/tools/gate.ts";

/** What a reason code means for an operator, and how to fix it. */
export interface ReasonText {
  readonly meaning: string;
  readonly fix: string;
}

export type ReasonTexts = Readonly<Partial<Record<Reason, ReasonText>>>;
