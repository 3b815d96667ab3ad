import { JwtVerifier } from "aws-jwt-verify";

interface Variables {
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  readonly KEYS_URL: string;
}

let verifier: { verify(token: string): Promise<unknown> } | undefined;

export default {
  async fetch(request: Request, { ISSUER, AUDIENCE, KEYS_URL }: Variables): Promise<Response> {
    verifier ??= JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: KEYS_URL });
    try {
      await verifier.verify(request.headers.get("authorization")?.slice(7) ?? "");
    } catch {
      return Response.json({ error: "invalid_token" }, { status: 401 });
    }
    return Response.json({ ok: true });
  },
};
