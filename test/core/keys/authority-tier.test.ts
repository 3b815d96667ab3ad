import { describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import { fetchKeyDocument } from "../../../src/core/keys/authority-tier.ts";
import { createFakeIo, frozenNowMs } from "../../support/io.ts";

const tenant = tenants.contoso.id;
const cloud = createAuthority({
  cloud: "public",
  authority: undefined,
  acceptV1: true,
  tenants: { decided: "in-code" },
});
const external = createAuthority({
  cloud: "public",
  authority: "https://contoso.ciamlogin.com",
  acceptV1: false,
  tenants: { decided: "in-code" },
});
const ofCloud = cloud.keySource(tenant, "2.0");
const ofExternal = external.keySource(tenant, "2.0");

const host = `https://${tenant}.ciamlogin.com`;
const keysUrl = `${host}/${tenant}/discovery/v2.0/keys`;
const metadata = { issuer: `${host}/${tenant}/v2.0`, jwks_uri: keysUrl, cloud_instance_name: "ciamlogin.com" };
const text = '{"keys":[]}';

/** Responses by URL; requests to other URLs fail. */
function createWorld(answers: Readonly<Record<string, () => Response>>) {
  return createFakeIo({
    fetch({ url }) {
      const answer = answers[url];
      if (answer === undefined) throw new TypeError("closed network");
      return answer();
    },
  });
}

const withMetadata = (document: string, more: Readonly<Record<string, () => Response>> = {}) =>
  createWorld({ [ofExternal.location.url]: () => new Response(document), ...more });

describe("the keys of a cloud's tenant", () => {
  it("come from one document, and the cloud's rule applies to them", async () => {
    const io = createWorld({ [ofCloud.location.url]: () => new Response(text) });
    expect(await fetchKeyDocument(io, ofCloud)).toEqual({
      ok: true,
      value: {
        id: ofCloud.id,
        fetchedAtMs: frozenNowMs,
        issuer: undefined,
        rule: { instanceName: "microsoftonline.com", tenantSpecific: true },
        text,
      },
    });
    expect(io.requests).toHaveLength(1);
  });

  it("are unavailable if the document is unavailable", async () => {
    const io = createWorld({});
    expect(await fetchKeyDocument(io, ofCloud)).toEqual({
      ok: false,
      error: { problem: "unreachable: Error" },
    });
  });
});

describe("the keys of a discovered authority", () => {
  it("come from the URL in its metadata, for its issuer", async () => {
    const io = withMetadata(JSON.stringify(metadata), { [keysUrl]: () => new Response(text) });
    expect(await fetchKeyDocument(io, ofExternal)).toEqual({
      ok: true,
      value: {
        id: ofExternal.id,
        fetchedAtMs: frozenNowMs,
        issuer: metadata.issuer,
        rule: { instanceName: "ciamlogin.com", tenantSpecific: true },
        text,
      },
    });
    expect(io.requests.map(({ url }) => url)).toEqual([ofExternal.location.url, keysUrl]);
  });

  it("are not tenant-specific if their URL does not name the tenant", async () => {
    const jwks_uri = `${host}/common/discovery/v2.0/keys`;
    const io = withMetadata(JSON.stringify({ ...metadata, jwks_uri }), { [jwks_uri]: () => new Response(text) });
    expect(await fetchKeyDocument(io, ofExternal)).toMatchObject({ value: { rule: { tenantSpecific: false } } });
  });

  it.each([
    ["status 404", () => new Response("", { status: 404 })],
    ["discovery document is not an object", () => new Response("<html>")],
    ["discovery document is not an object", () => new Response("null")],
    ["discovery document has an issuer of another tenant", () => Response.json({ ...metadata, issuer: "x" })],
    [
      "discovery document has a jwks_uri on another host",
      () => Response.json({ ...metadata, jwks_uri: "https://evil.example/" }),
    ],
  ])("are not requested with metadata that contains: %s", async (problem, answer) => {
    const io = createWorld({ [ofExternal.location.url]: answer });
    expect(await fetchKeyDocument(io, ofExternal)).toEqual({ ok: false, error: { problem } });
    expect(io.requests).toHaveLength(1);
  });

  it("are unavailable if their own document is unavailable", async () => {
    const io = withMetadata(JSON.stringify(metadata), { [keysUrl]: () => new Response("", { status: 503 }) });
    expect(await fetchKeyDocument(io, ofExternal)).toEqual({ ok: false, error: { problem: "status 503" } });
  });

  it("are unavailable if both documents together take too long", async () => {
    const io = createFakeIo({ fetch: () => new Promise<Response>(() => {}) });
    const fetching = fetchKeyDocument(io, ofExternal);
    await io.advance(limits.keyFetchMilliseconds);
    expect(await fetching).toEqual({ ok: false, error: { problem: "timed out" } });
    expect(io.requests[0]?.signal.aborted).toBe(true);
  });
});
