import type { Reason } from "../../denial.ts";
import { accessReasons } from "./reasons/access.ts";
import { downstreamReasons } from "./reasons/downstream.ts";
import type { ReasonText } from "./reasons/reason-text.ts";
import { requestReasons } from "./reasons/request.ts";
import { servingReasons } from "./reasons/serving.ts";
import { tokenReasons } from "./reasons/token.ts";

/**
 * The one text for each reason, in the order in which a request meets them: `explain` prints it, and docs/reference/reasons.md is
 * made of it. A new reason does not compile without one.
 */
export const reasonTexts: Readonly<Record<Reason, ReasonText>> = {
  ...requestReasons,
  ...tokenReasons,
  ...accessReasons,
  ...downstreamReasons,
  ...servingReasons,
};
