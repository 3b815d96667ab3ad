import { type Hooks, HttpError, requestContextOf } from "../../../app/part.ts";
import { OAuthFault, writeOAuthError } from "../facade/oauth-fault.ts";
import { writeFaultPage } from "./page.ts";

/** A name becomes the reason in the log: `FacadeStateExpiredError` becomes `facade_state_expired_error`. */
type ErrorName = `Facade${string}Error`;

/** A sign-in that cannot go on. The browser shows a page and is not redirected. The log has the name as the reason. */
export class SignInError extends HttpError {
  override readonly name: ErrorName;

  /** @param text for the user: fixed, and contains nothing of the request */
  constructor(name: ErrorName, text: string, status = 400) {
    super(status, { title: text });
    this.name = name;
  }

  override toResponse({ requestId }: { readonly requestId?: string } = {}): Response {
    return writeFaultPage(this.status, this.message, requestId);
  }
}

/** A refused request of a client program. It gets an OAuth error. The log has the name as the reason. */
export class ClientError extends HttpError {
  override readonly name: ErrorName;
  readonly #fault: OAuthFault;

  constructor(name: ErrorName, ...[code, description, status]: ConstructorParameters<typeof OAuthFault>) {
    super(status ?? 400, { title: description });
    this.name = name;
    this.#fault = new OAuthFault(code, description, status);
  }

  override toResponse(): Response {
    return writeOAuthError(this.#fault);
  }
}

/** Shows a fault of a request as a page, because the browser sent it. */
export function asPage(error: unknown): unknown {
  if (!(error instanceof OAuthFault)) return error;
  const words = error.code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return new SignInError(`Facade${words}Error`, error.message, error.status);
}

/** Browsers show refusals by the gate before an endpoint runs, so these are pages too. */
export const inFormOfPage: Hooks = {
  onSend(response, context) {
    if (response.headers.get("content-type") !== "application/problem+json") return;
    const { status, headers } = response;
    const text =
      status === 429 ? "Too many sign-ins come from your network. Wait a minute." : "The server cannot answer.";
    const page = writeFaultPage(status, text, requestContextOf(context).requestId);
    const retryAfter = headers.get("retry-after");
    if (retryAfter !== null) page.headers.set("retry-after", retryAfter);
    return page;
  },
};
