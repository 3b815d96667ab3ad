import type { FacadeOptions } from "../../src/cli-exports/documents.ts";

/** The platform of a facade's callback in Entra: a web application has a credential, and other clients have none. */
export function platformOf({
  credential,
}: Pick<FacadeOptions, "credential">): "Web" | "Mobile and desktop applications" {
  return credential === undefined ? "Mobile and desktop applications" : "Web";
}
