import type { Reason } from "../../../denial.ts";

/** What a reason code means to an operator, and what to do about it. */
export interface ReasonText {
  readonly meaning: string;
  readonly fix: string;
}

export type ReasonTexts = Readonly<Partial<Record<Reason, ReasonText>>>;
