import type { Reason } from "../../src/cli-exports/gate.ts";
import { accessReasons } from "./reasons/access.ts";
import { downstreamReasons } from "./reasons/downstream.ts";
import type { ReasonText } from "./reasons/reason-text.ts";
import { requestReasons } from "./reasons/request.ts";
import { servingReasons } from "./reasons/serving.ts";
import { tokenReasons } from "./reasons/token.ts";

/**
 * The text for each reason, in the order of the checks. `explain` prints it, and docs/reference/reasons.md contains it.
 * A reason without a text does not compile.
 */
export const reasonTexts: { readonly [R in Reason]: ReasonText<R> } = {
  ...requestReasons,
  ...tokenReasons,
  ...accessReasons,
  ...downstreamReasons,
  ...servingReasons,
};
