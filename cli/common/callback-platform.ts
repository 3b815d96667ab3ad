import type { OwnCallback } from "../../src/cli-exports/documents.ts";

/** The platform of a facade's callbacks in Entra: a web application has a credential, and other clients have none. */
export function platformOf(callback: OwnCallback | undefined): "Web" | "Mobile and desktop applications" {
  return callback?.credential === undefined ? "Mobile and desktop applications" : "Web";
}
