import { createHash } from "node:crypto";
import { type HttpAnswer, type HttpRequest, readHeader } from "../http.ts";

/** What a browser and a client need of a gate and of Entra. */
export interface CallbackWorld {
  /** Origin of the gate, without a slash at the end. */
  readonly gateUrl: string;
  /** Sends a request to the gate. */
  readonly ask: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Sends a GET or a form to Entra. */
  readonly askEntra: (url: string, form?: string) => Promise<HttpAnswer>;
}

export type Parameters = Readonly<Record<string, string>>;

/** One browser with its cookies. */
export interface Browser {
  /** Cookies of the gate by name. */
  readonly cookies: Map<string, string>;
  /** Values of `Set-Cookie` so far. */
  readonly received: string[];
  get(path: string, headers?: Parameters): Promise<HttpAnswer>;
  /** Posts a form, as a page of the gate does. */
  post(path: string, form: Parameters, headers?: Parameters): Promise<HttpAnswer>;
  /** Opens the page for consent, and presses a button. @returns the response to the form */
  decide(page: HttpAnswer, decision: string): Promise<HttpAnswer>;
  /** Signs in at Entra, and follows to the callback of the gate. @returns the response of the callback */
  signIn(atEntra: string): Promise<HttpAnswer>;
}

export const verifier = "v".repeat(43);
export const challenge = createHash("sha256").update(verifier).digest("base64url");

export function createBrowser({ gateUrl, ask, askEntra }: CallbackWorld): Browser {
  const cookies = new Map<string, string>();
  const received: string[] = [];

  async function send(request: HttpRequest, given: Parameters): Promise<HttpAnswer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { ...(cookie !== "" && { Cookie: cookie }), ...given };
    const answer = await ask({ ...request, headers: Object.entries(all) });
    for (const line of readHeader(answer, "set-cookie")) {
      received.push(line);
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(?:;|$)/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  const post = (path: string, form: Parameters, headers: Parameters = {}) =>
    send(
      { method: "POST", path, body: new URLSearchParams(form).toString() },
      { Origin: gateUrl, "Content-Type": "application/x-www-form-urlencoded", ...headers },
    );

  return {
    cookies,
    received,
    get: (path, headers = {}) => send({ path }, headers),
    post,
    decide: (page, decision) => post(actionOf(page), { request: requestOf(page), decision }),
    async signIn(atEntra) {
      const location = await signInAtEntra(askEntra, atEntra);
      return send({ path: location.slice(gateUrl.length) }, {});
    },
  };
}

/** Chooses a user at Entra. @returns where Entra sends the browser */
export async function signInAtEntra(askEntra: CallbackWorld["askEntra"], atEntra: string): Promise<string> {
  const { origin, pathname, searchParams } = new URL(atEntra);
  const form = new URLSearchParams([...searchParams, ["persona", "member"]]);
  return targetOf(await askEntra(`${origin}${pathname}`, form.toString()));
}

/** Target of a redirect; empty if there is none. */
export function targetOf(answer: HttpAnswer): string {
  return readHeader(answer, "location")[0] ?? "";
}

/** Address of a redirect without its query, and the parameters. */
export function readTarget(answer: HttpAnswer): readonly [address: string, parameters: Parameters] {
  const [address = "", query] = targetOf(answer).split("?");
  return [address, Object.fromEntries(new URLSearchParams(query))];
}

/** The sealed request in the form of a page for consent. */
export function requestOf({ body }: HttpAnswer): string {
  return / name="request" value="([^"]*)"/.exec(body)?.[1] ?? "";
}

function actionOf({ body }: HttpAnswer): string {
  return / action="([^"]*)"/.exec(body)?.[1] ?? "";
}
