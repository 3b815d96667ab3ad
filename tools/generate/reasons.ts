import { describeReasons, type ReasonDescription } from "../../cli/explain/describe-reasons.ts";
import { linkPages } from "./page-links.ts";

/** Writes docs/reference/reasons.md: the meaning, the response and the fix of every reason code. */
export function renderReasons(): string {
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

function renderReason({ reason, meaning, answers, logged, fix }: ReasonDescription): readonly string[] {
  const log = logged === undefined ? [] : ["", `Log: ${logged}`];
  return ["", `## ${reason}`, "", meaning, "", `Caller: ${answers}`, ...log, "", `Fix: ${linkPages(fix)}`];
}
