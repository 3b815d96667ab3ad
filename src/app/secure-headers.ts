import { secureHeaders as honoSecureHeaders } from "hono/secure-headers";
import { Hono } from "hono/tiny";
import { checkHooks, type Hooks } from "./hooks.ts";

/** Which headers, as Hono's middleware takes them (https://hono.dev/docs/middleware/builtin/secure-headers). */
export type SecureHeadersOptions = NonNullable<Parameters<typeof honoSecureHeaders>[0]>;

/**
 * Sets the headers that make browsers careful, on every answer, refusals too.
 *
 * @param options without, Hono's defaults
 *
 * @example
 * app.use(secureHeaders());
 */
export function secureHeaders(options?: SecureHeadersOptions): Hooks {
  const hono = new Hono<{ Bindings: { readonly response: Response } }>();
  hono.use(honoSecureHeaders(options));
  hono.all("*", ({ env }) => env.response);
  return checkHooks({
    // The two ends of a WebSocket are in the response itself, which cannot be copied.
    onSend: (response: Response) =>
      response.status === 101 ? response : hono.fetch(new Request("https://app.example/"), { response }),
  });
}
