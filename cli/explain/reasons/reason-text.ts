import type { Denial, Reason } from "../../../src/cli-exports/gate.ts";

/** What a reason code means for an operator, and how to fix it. */
interface Text {
  readonly meaning: string;
  readonly fix: string;
}

/** One case of a reason: the other members of its denial, as the gate writes them. */
interface Sample<Members> {
  readonly members: Members;
  /** When the response differs from that of the last case. */
  readonly when?: string;
}

type DenialOf<R extends Reason> = Denial & { readonly reason: R };
type BareReason = { [R in Reason]: { readonly reason: R } extends Denial ? R : never }[Reason];

/** A reason whose denial has other members needs samples of them. The response depends on some of them. */
export type ReasonText<R extends Reason = Reason> = R extends BareReason
  ? Text
  : Text & { readonly samples: readonly Sample<Omit<DenialOf<R>, "reason">>[] };

export type ReasonTexts = { readonly [R in Reason]?: ReasonText<R> };
