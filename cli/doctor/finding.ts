import { spellForAuthority } from "../common/authority-variables.ts";

/** Result of one check. */
export interface Finding {
  readonly area:
    | "configuration"
    | "deployment"
    | "tenants"
    | "origin"
    | "credentials"
    | "groups"
    | "issuers"
    | "revocations"
    | "routes"
    | "resources"
    | "drift";
  readonly state: "good" | "warning" | "fault" | "skipped";
  readonly text: string;
  /** What to do, or a correct value. */
  readonly fix?: string;
  /** Line of what has to change: `wrangler.jsonc:20`. Code has its place in `text`. */
  readonly place?: string;
}

/** Creates the findings of one area. */
export function findingsOf(area: Finding["area"]) {
  return {
    good: (text: string): Finding => ({ area, state: "good", text }),
    skipped: (text: string): Finding => ({ area, state: "skipped", text }),
    warning: (text: string, fix: string): Finding => ({ area, state: "warning", text, fix }),
    fault: (text: string, fix?: string): Finding => ({
      area,
      state: "fault",
      text,
      ...(fix !== undefined && { fix }),
    }),
  };
}

/** Names the variables of an authority in a finding about it. */
export function spellFinding({ text, fix, ...finding }: Finding, authority: string): Finding {
  return {
    ...finding,
    text: spellForAuthority(text, authority),
    ...(fix !== undefined && { fix: spellForAuthority(fix, authority) }),
  };
}
