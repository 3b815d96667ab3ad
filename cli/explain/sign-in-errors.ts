import { UsageError } from "../common/usage-error.ts";

/** Why Entra issued no token to a client. The gate never sees these errors: the client or the browser shows them. */
export interface SignInError {
  readonly code: string;
  readonly cause: string;
  /** What to do, or a correct value. */
  readonly fix: string;
}

/** Errors of clients of a protected resource, by number. */
export const signInErrors: Readonly<Record<string, Omit<SignInError, "code">>> = {
  50011: {
    cause: "The redirect URI of the client is not registered, or is spelled differently there.",
    fix: "register exactly this URI, on the platform Mobile and desktop applications; only the port of http://localhost is free",
  },
  650053: {
    cause: "A scope has no Application ID URI in front. Entra takes such a scope for one of Microsoft Graph.",
    fix: "the scopes of the resource's metadata, such as https://mcp.contoso.com/mcp/tools.read",
  },
  90009: {
    cause: "The client refreshed its token without a scope, or an application asked for a token of itself.",
    fix: "a client that sends its scope when it refreshes, or the facade, which adds the scope",
  },
  90094: {
    cause:
      "Users of the tenant may not consent, and an administrator has not consented, or the client asked with prompt=consent.",
    fix: "grant admin consent under API permissions; the facade removes consent from prompt",
  },
  90095: {
    cause: "The same as AADSTS90094: the user can ask an administrator for consent.",
    fix: "grant admin consent under API permissions; the facade removes consent from prompt",
  },
  7000218: {
    cause: "Entra expects a client secret: the redirect URI is on the platform Web.",
    fix: "move the redirect URI to the platform Mobile and desktop applications, and allow public client flows",
  },
  9002327: {
    cause: "The redirect URI is on the platform Single-page application, whose codes only a browser may redeem.",
    fix: "move the redirect URI to the platform Mobile and desktop applications",
  },
  9010010: {
    cause:
      "The parameter resource is not an Application ID URI of the API, byte for byte, or a scope belongs to another API.",
    fix: "make `resource` of the metadata an Application ID URI under Expose an API: no slash at the end, the same path, the same case",
  },
};

/**
 * Explains an error code of Entra.
 *
 * @param argument begins with a code such as `AADSTS50011`; the text after it is ignored
 * @returns `undefined` if it does not begin with a code
 * @throws UsageError for an unknown code
 */
export function readSignInError(argument: string | undefined): SignInError | undefined {
  const [, number] = /^\s*AADSTS(\d+)(?![\w-])/i.exec(argument ?? "") ?? [];
  if (number === undefined) return undefined;
  const error = Object.hasOwn(signInErrors, number) ? signInErrors[number] : undefined;
  if (error !== undefined) return { code: `AADSTS${number}`, ...error };
  const known = Object.keys(signInErrors).map((each) => `AADSTS${each}`);
  throw new UsageError(
    `AADSTS${number} is not one of ${known.join(", ")}: see https://login.microsoftonline.com/error?code=${number}`,
  );
}
