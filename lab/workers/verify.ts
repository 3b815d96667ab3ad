// The minimum for a new token: one signature verification and one parse.
import { base64url } from "jose";

interface Variables {
  readonly KEYS: string;
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const decode = (text: string) => base64url.decode(text) as Uint8Array<ArrayBuffer>;
const keys = new Map<string, CryptoKey>();

export default {
  async fetch(request: Request, { KEYS }: Variables): Promise<Response> {
    const token = request.headers.get("authorization")?.slice(7) ?? "";
    const [header = "", payload = "", signature = ""] = token.split(".");
    const { kid } = JSON.parse(new TextDecoder().decode(base64url.decode(header)));
    let key = keys.get(kid);
    if (key === undefined) {
      const jwk = (JSON.parse(KEYS) as { keys: (JsonWebKey & { kid: string })[] }).keys.find((one) => one.kid === kid);
      key = await crypto.subtle.importKey("jwk", { kty: "RSA", n: jwk?.n ?? "", e: "AQAB" }, algorithm, false, [
        "verify",
      ]);
      keys.set(kid, key);
    }
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    if (!(await crypto.subtle.verify(algorithm, key, decode(signature), signed)))
      return new Response(null, { status: 401 });
    JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    return Response.json({ ok: true });
  },
};
