import { checkMembers } from "./check-definition.ts";
import { createCors, isPreflight } from "./cors.ts";
import { checkHooks, type Hooks } from "./hooks.ts";

/** Which browsers may call from other origins. */
export interface CorsOptions {
  /** Origins, spelt out: `https://app.contoso.com`. */
  readonly origin: string | readonly string[];
  readonly methods?: readonly string[];
  readonly allowedHeaders?: readonly string[];
  readonly exposedHeaders?: readonly string[];
  /** How long a browser may remember a preflight, in seconds. */
  readonly maxAgeSeconds?: number;
}

/**
 * Lets browsers of other origins call, and answers their preflights, where the app serves itself. Put it first: a hook
 * before it that answers would answer preflights too. In a gate, `createGate({ cors })` does this, for all routes.
 *
 * @throws TypeError where an option is unknown, or an origin is not spelt out
 *
 * @example
 * app.use(cors({ origin: "https://app.contoso.com" }));
 */
export function cors(options: CorsOptions): Hooks {
  checkMembers(
    { ...options },
    ["origin", "methods", "allowedHeaders", "exposedHeaders", "maxAgeSeconds"],
    "option of cors",
  );
  const { origin, methods, allowedHeaders, exposedHeaders, maxAgeSeconds } = options;
  const answer = createCors({
    origins: typeof origin === "string" ? [origin] : origin,
    ...(methods && { allowMethods: methods }),
    ...(allowedHeaders && { allowHeaders: allowedHeaders }),
    ...(exposedHeaders && { exposeHeaders: exposedHeaders }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  });
  return checkHooks({
    preBody: ({ request }: { request: Request }) =>
      isPreflight(request) ? answer(request, () => new Response(null, { status: 204 })) : undefined,
    onSend: (response: Response, { request }: { request: Request }) =>
      isPreflight(request) ? response : answer(request, () => response),
  });
}
