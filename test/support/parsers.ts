import { z } from "zod";
import { App } from "../../src/app/app.ts";
import { contentsOf } from "../../src/app/app-contents.ts";
import { origin } from "../../src/app/build/origin.ts";
import { originReading } from "../../src/app/build/origin-reading.ts";
import { HttpError } from "../../src/app/errors/errors.ts";
import { cors } from "../../src/app/hooks/cors.ts";
import { readHeaderMembers, readQueryMembers } from "../../src/app/pipeline/context.ts";
import { parseBody } from "../../src/app/request/body.ts";
import { checkNamed } from "../../src/app/request/declared-names.ts";
import { parseJson } from "../../src/app/request/json.ts";
import { parseMultipart } from "../../src/app/request/multipart.ts";
import { readPartHeaders } from "../../src/app/request/part-headers.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { isShallowJose, scanJson } from "../../src/base/common/json.ts";
import * as limits from "../../src/base/common/limits.ts";
import { readTarget } from "../../src/base/http/call.ts";
import { findClientAddress } from "../../src/base/http/client-address.ts";
import { readMediaType } from "../../src/base/http/media-type.ts";
import { spellField, spellHeader } from "../../src/base/http/name-spelling.ts";
import { makePrivate } from "../../src/base/http/outgoing-response.ts";
import {
  foldSpelling,
  hasAliases,
  isSpelledPlainly,
  normalizePath,
  readPath,
  readQuery,
} from "../../src/base/http/path.ts";
import { readAliases } from "../../src/base/http/path-aliases.ts";
import { readPaths } from "../../src/base/http/path-readings.ts";
import { isReadAlike, parseQuery } from "../../src/base/http/query.ts";
import type { GateSetup } from "../../src/core/guard/setup.ts";
import { decodeBase64url } from "../../src/core/keys/base64url.ts";
import { findSecondCredential, readBearer } from "../../src/core/token/bearer.ts";
import { checkClaims } from "../../src/core/token/claims.ts";
import { decodeUnverifiedToken, parseJsonObject } from "../../src/core/token/decode.ts";
import { createMcpCors } from "../../src/extensions/mcp/discovery/cors.ts";
import { OAuthFault } from "../../src/extensions/mcp/facade/oauth-fault.ts";
import { readParameters } from "../../src/extensions/mcp/facade/parameters.ts";
import { checkTarget, translateScope } from "../../src/extensions/mcp/facade/scope.ts";
import { rewriteEvents } from "../../src/extensions/mcp/messages/event-stream.ts";
import { filterLists, mayHoldList } from "../../src/extensions/mcp/messages/listing.ts";
import {
  checkHeaders,
  findVersion,
  type ProtocolVersion,
  readMessages,
} from "../../src/extensions/mcp/messages/message.ts";
import { createNameRules, listTargets } from "../../src/extensions/mcp/messages/name-rules.ts";
import { isIncluded } from "../../src/extensions/mcp/sign-in/redirect-uri.ts";
import { writeIdentity } from "../../src/forwarding/identity.ts";
import { isStrippedName, readNominations, stripRequestHeaders } from "../../src/forwarding/request-headers.ts";
import { relocate } from "../../src/forwarding/response.ts";
import { change, claimRules, principalOf, userClaims } from "./claims.ts";
import { frozenNowSeconds } from "./io.ts";

/** Code that reads a text of a caller. */
export interface Parser {
  readonly parse: (text: string) => unknown;
  /** Length of the longest text: that of the longest that is read, or a part of a body. */
  readonly charactersMaximum: number;
  /** Whether a text is divided into parts of 100 characters. A text of few parts grows by the end of its last part. */
  readonly readsParts: boolean;
  /** Whether texts of the same length take the same time, whatever they contain. */
  readonly readsOnlyLength: boolean;
}

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text) as Uint8Array<ArrayBuffer>;
const targetAt = (url: string) => ({ method: "GET", url, headers: new Headers() });
const address = "https://api.contoso.example";
const tlsProxy = { origins: new Map([["api.contoso.example", address]]), hops: 3 };
const rule = requireAuth("tools.read");

const findTarget = contentsOf(
  new App()
    .get("/a/*", { public: true }, origin())
    .get("/a/:id/b", {}, origin())
    .post("/a/*", { public: true }, origin()),
).close();

const jsonRules = { jsonMaxKeys: limits.bodyNames, jsonMaxDepth: limits.bodyJsonDepth, forOrigin: originReading };
const formType = "application/x-www-form-urlencoded";
const strictSchema = z.strictObject({ a: z.string().optional(), b: z.string().optional() });

const withSessions = findVersion("2025-03-26") as ProtocolVersion;
const withoutSessions = findVersion("2026-07-28") as ProtocolVersion;
const policy = createNameRules({
  tools: { "*": rule, orders_delete: rule },
  resources: { "*": rule, "file:///orders/{id}/{+rest}": rule, "https://api.example/secret": rule },
});
const ofDefault = { name: "default", audiences: new Set(["api://orders"]) };
const setup = { environment: {}, authorities: [ofDefault] } as unknown as GateSetup;
const mcpCors = createMcpCors(() => true);
const ownCors = cors({ origin: "https://app.contoso.example" }).cors;

/** Replaces what not every platform accepts in a header. */
const inHeader = (text: string) => text.replace(/[^\t\x20-\x7e]/g, "x");
const requestWith = (headers: Record<string, string>) =>
  new Request(`${address}/mcp`, {
    method: "POST",
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, inHeader(value)]),
  });

function decideAll(text: string, method: string, toParams: (text: string) => object): void {
  // As many as fit into a body.
  const parts = text.match(/.{1,100}/gs) ?? [""];
  const batch = parts.map((part, id) => ({ jsonrpc: "2.0", id, method, params: toParams(part) }));
  for (const message of readMessages(JSON.parse(JSON.stringify(batch)), withSessions)) {
    for (const [kind, name] of listTargets(message)) policy.accessOf(kind, name);
  }
}

async function rewriteAll(text: string): Promise<void> {
  // The chunks divide lines and events anywhere. Many chunks would take more time than their events.
  const size = Math.max(61, Math.ceil(text.length / 1_000));
  const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  );
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encode(chunk));
      controller.close();
    },
  });
  await new Response(
    rewriteEvents(source, (data) => (mayHoldList(data) ? "{}" : undefined), limits.mcpEventCharacters),
  ).arrayBuffer();
}

const multipartOf = (text: string) => parseMultipart(encode(text), { essence: "", parameters: boundary });
const boundary = new Map([["boundary", "b"]]);
const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n`;
const field = 'Content-Disposition: form-data; name="a"';

const parsers = {
  readBearer,
  "readBearer, of a credential": (text) => readBearer(`Bearer ${text}`),
  "findSecondCredential, of a query": (text) => findSecondCredential("Bearer a.b.c", `${address}/?${text}`),
  decodeUnverifiedToken: (text) => decodeUnverifiedToken(text),
  "decodeUnverifiedToken, of three segments": (text) => {
    const segment = Buffer.from(text).toString("base64url");
    return decodeUnverifiedToken(`${segment}.${segment}.${segment}`);
  },
  parseJsonObject: (text) => parseJsonObject(encode(text)),
  isShallowJose,
  "isShallowJose, of a header": (text) => isShallowJose(`${Buffer.from(text).toString("base64url")}.e30.AA`),
  "scanJson, of a string": (text) => scanJson(`["${text}`),
  "parseJsonObject, of a member": (text) => parseJsonObject(encode(`{"a":${JSON.stringify(text)}}`)),
  decodeBase64url,
  "checkClaims, of an issuer": (text) =>
    checkClaims(change(userClaims, { iss: `https://${text}` }), claimRules, frozenNowSeconds),
  "createPrincipal, of scopes": (text) => principalOf("user", { scp: text }),
  "createPrincipal, of facets": (text) => principalOf("user", { xms_act_fct: text, xms_sub_fct: [text] }),
  "writeIdentity, of a name": (text) =>
    writeIdentity(principalOf("user", { preferred_username: text }), limits.addedHeaderBytesMinimum),
  "writeIdentity, of roles and other claims": (text) =>
    writeIdentity(
      principalOf("user", { roles: text.split(","), groups: [text], [text.slice(0, 1_000)]: text }),
      limits.addedHeaderBytesMinimum,
    ),

  findClientAddress: (text) =>
    findClientAddress(
      { request: requestWith({}), env: undefined, platform: { remoteAddr: { hostname: text } } },
      undefined,
    ),
  "findClientAddress, behind proxies": (text) =>
    findClientAddress(
      { request: requestWith({ "x-forwarded-for": text }), env: undefined, platform: undefined },
      tlsProxy,
    ),
  "readTarget, of an authority": (text) => {
    // The address of the last request is kept.
    readTarget(targetAt("https://other.example/"), {});
    return readTarget(targetAt(`https://${text}/a`), {});
  },
  "readTarget, of a path": (text) => readTarget(targetAt(`${address}/${text}`), {}),
  "readTarget, of a host behind a proxy": (text) => {
    readTarget(targetAt("https://other.example/"), {});
    // What no header can contain reaches no gate.
    const headers = new Headers({ host: text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "") });
    return readTarget({ ...targetAt(`http://${text}/a`), headers }, { tlsProxy });
  },
  readPath: (text) => readPath(`${address}/${text}`, address.length),
  readQuery: (text) => readQuery(`${address}/${text}`),
  normalizePath: (text) => normalizePath(`/${text}`),
  foldSpelling: (text) => foldSpelling(`/${text}`),
  isSpelledPlainly: (text) => isSpelledPlainly(`/${text}`),
  hasAliases: (text) => hasAliases(`/${text}`),
  readAliases: (text) => readAliases(new Set([`/${text}`])),
  readPaths: (text) => readPaths(`/${text}`),
  parseQuery: (text) => parseQuery(`?${text}`),
  isReadAlike,
  readQueryMembers: (text) => readQueryMembers(`${address}/?${text}`),
  "readHeaderMembers, of a value": (text) => readHeaderMembers(requestWith({ cookie: text, range: text }).headers),
  spellField,
  spellHeader,
  "checkNamed, of one name": (text) => checkNamed(strictSchema, { [text]: "1" }, "query", spellField),
  "checkNamed, of many names": (text) =>
    checkNamed(z.looseObject({ a: z.string().optional() }), Object.fromEntries(pairsOf(text)), "query", spellField),
  readNominations,
  "stripRequestHeaders, of nominated and other names": (text) => {
    const names = Array.from(text, (_, index) => index.toString(36));
    const headers = new Headers(names.map((name): [string, string] => [`x-${name}`, ""]));
    headers.set("connection", names.map((name) => `y-${name}`).join());
    stripRequestHeaders(headers);
  },
  isStrippedName,
  readMediaType: (text) => readMediaType(text),
  "readMediaType, of a parameter": (text) => readMediaType(`text/plain;${text}`),
  "cors, of an origin": (text) => ownCors(requestWith({ origin: text }), undefined),
  "makePrivate, of an origin's headers": (text) =>
    makePrivate(new Headers({ vary: inHeader(text), "cache-control": inHeader(text) }), 200),
  "relocate, of an origin's address": (text) => relocate(text, { from: new URL("https://a.example/b"), to: address }),
  "relocate, of an absolute address": (text) =>
    relocate(`https://a.example/${text}`, { from: new URL("https://a.example/b"), to: address }),

  parseJson: (text) => parseJson(text, jsonRules),
  "parseJson, of a string": (text) => parseJson(JSON.stringify({ a: text, [text]: [text] }), jsonRules),
  "parseJson, of escapes": (text) => parseJson(`["${text.replace(/["\p{Cc}]/gu, "")}"]`, jsonRules),
  "parseJson, of an array": (text) => parseJson(`[${text}0]`, jsonRules),
  "parseJson, of an object": (text) => parseJson(`{${text}"b":1e400}`, jsonRules),
  "parseJson, of digits": (text) => parseJson(`[1${text}]`, jsonRules),
  "parseJson, of decimals": (text) => parseJson(`[0.${text}1e-400]`, jsonRules),
  "parseJson, of an exponent": (text) => parseJson(`[-1e${text}1]`, jsonRules),
  "parseBody, of a form": (text) =>
    parseBody(encode(text), readMediaType(formType), {
      ...jsonRules,
      accepts: [],
      limitBytes: limits.bodyBytes,
    }),
  parseMultipart: (text) => multipartOf(`--b${text}--b--`),
  "parseMultipart, of a head": (text) => multipartOf(`${part(text, "")}--b--`),
  "parseMultipart, of contents": (text) => multipartOf(`${part(field, text)}${part(field, text)}--b--`),
  "parseMultipart, of its end": (text) => multipartOf(`${part(field, "")}--b--${text}`),
  readPartHeaders: (text) => readPartHeaders(text),
  "readPartHeaders, of a value": (text) => readPartHeaders(`${field}\r\nX:${text}x`),
  "readPartHeaders, of a name": (text) => readPartHeaders(`${field};${text}`),
  "readPartHeaders, of a file": (text) => readPartHeaders(`${field}; filename="${text}"`),
  "readPartHeaders, of an encoded file": (text) =>
    readPartHeaders(`${field}; filename="=?utf-8?b?${text}?="; filename*=utf-8''${text}`),
  "readPartHeaders, of a type": (text) => readPartHeaders(`${field}\r\nContent-Type: text/plain;${text}`),

  readMessages: (text) => readMessages([{ jsonrpc: "2.0", id: 1, method: text, params: { [text]: 1 } }], withSessions),
  "accessOf, of an address": (text) => policy.accessOf("resources", text),
  "accessOf, of tools in a batch": (text) => decideAll(text, "tools/call", (name) => ({ name, arguments: {} })),
  "accessOf, of addresses in a batch": (text) => decideAll(text, "resources/read", (uri) => ({ uri })),
  "accessOf, of files in a batch": (text) =>
    decideAll(text, "resources/read", (uri) => ({ uri: `file:///orders/${uri}` })),
  "checkHeaders, of a name": (text) => {
    const [message] = readMessages({ jsonrpc: "2.0", id: 1, method: "tools/call", params: {} }, withoutSessions);
    const { headers } = requestWith({ "mcp-method": "tools/call", "mcp-name": `=?base64?${text}?=` });
    if (message !== undefined) checkHeaders(headers, message, withoutSessions);
  },
  "a preflight of mcp, of headers": (text) =>
    mcpCors(requestWith({ origin: address, "access-control-request-headers": text }), undefined),
  "rewriteEvents, of a stream": (text) => rewriteAll(text),
  "rewriteEvents, of lists": (text) => rewriteAll(`data: {"tools":1}\ndata: ${text}\n\n`),
  "filterLists, of names": (text) => {
    const tools = text.split(",").map((name) => ({ name }));
    const resources = [{ uri: text.slice(0, 2_000) }];
    return filterLists({ result: { tools, resources } }, policy.kinds, (kind, name) => {
      return policy.accessOf(kind, name)?.kind !== "closed";
    });
  },
  "readParameters, of a form": (text) => readParameters(new URLSearchParams(text), limits.facadeTokenCharacters),
  translateScope: (text) =>
    translateScope(text, { clients: { authority: "default", clientId: "" }, resources: [] }, setup),
  checkTarget: (text) => checkTarget(text, [], setup),
  isIncluded: (text) => isIncluded(text, [text, "http://localhost/callback", "https://claude.ai/api"]),
  "isIncluded, of a loopback address": (text) => isIncluded(`http://localhost${text}`, ["http://localhost/callback"]),
  "the router": (text) => findTarget("GET", normalizePath(`/a/${text}`) ?? "/"),
} satisfies Readonly<Record<string, (text: string) => unknown>>;

/** Characters of a body that show growth as well as the longest body. */
const bodyCharacters = limits.bodyBytes / 4;

/** Lengths of the longest texts that are read, if they differ from that of a header. */
const charactersMaximum: Readonly<Partial<Record<keyof typeof parsers, number>>> = {
  readBearer: limits.tokenBytes,
  "readBearer, of a credential": limits.tokenBytes,
  decodeUnverifiedToken: limits.tokenBytes,
  "decodeUnverifiedToken, of three segments": limits.tokenBytes / 4,
  parseJsonObject: limits.tokenBytes,
  readPaths: limits.pathReadingCharacters,
  readAliases: limits.pathReadingCharacters,
  "the router": limits.pathReadingCharacters,
  readMediaType: limits.mediaTypeCharacters,
  "readMediaType, of a parameter": limits.mediaTypeCharacters,
  parseJson: bodyCharacters,
  "parseJson, of a string": bodyCharacters / 3,
  "parseJson, of escapes": bodyCharacters,
  "parseJson, of an array": bodyCharacters,
  "parseJson, of an object": bodyCharacters,
  "parseJson, of digits": bodyCharacters,
  "parseJson, of decimals": bodyCharacters,
  "parseJson, of an exponent": bodyCharacters,
  "parseBody, of a form": bodyCharacters,
  parseMultipart: bodyCharacters,
  "parseMultipart, of a head": limits.fileHeaderBytes,
  "parseMultipart, of contents": bodyCharacters / 2,
  "parseMultipart, of its end": bodyCharacters,
  readPartHeaders: limits.fileHeaderBytes,
  "readPartHeaders, of a value": limits.fileHeaderBytes,
  "readPartHeaders, of a name": limits.fileHeaderBytes,
  "readPartHeaders, of a file": limits.fileHeaderBytes,
  "readPartHeaders, of an encoded file": limits.fileHeaderBytes,
  "readPartHeaders, of a type": limits.mediaTypeCharacters,
  readMessages: bodyCharacters / 2,
  "accessOf, of an address": limits.mcpUriCharacters,
  // Hundreds of messages show whether each costs the same.
  "accessOf, of tools in a batch": bodyCharacters / 4,
  "accessOf, of addresses in a batch": bodyCharacters / 4,
  "accessOf, of files in a batch": bodyCharacters / 4,
  // A stream has no limit, and an event one of several MiB.
  "rewriteEvents, of a stream": bodyCharacters,
  "rewriteEvents, of lists": bodyCharacters,
  "readParameters, of a form": limits.facadeBodyBytes,
  translateScope: limits.facadeParameterCharacters,
  checkTarget: limits.facadeParameterCharacters,
};

/** The names depend on the number of characters, because the name of a header cannot contain every character. */
const readOnlyLength = ["stripRequestHeaders, of nominated and other names"];

function pairsOf(text: string): [string, string][] {
  return text.split("&").map((name) => [name, ""]);
}

/** All code that reads text of a caller, and code that reads what an origin sends to a caller. */
export const callerParsers: readonly (readonly [name: string, parser: Parser])[] = Object.entries(parsers).map(
  ([name, parse]) => [
    name,
    {
      parse: (text) => refusing(() => parse(text)),
      charactersMaximum: charactersMaximum[name as keyof typeof parsers] ?? limits.originHeaderBytes,
      readsParts: name.endsWith("in a batch"),
      readsOnlyLength: readOnlyLength.includes(name),
    },
  ],
);

/** A refusal is a result. */
function refusing(parse: () => unknown): unknown {
  try {
    const result = parse();
    return result instanceof Promise ? result.catch(toResult) : result;
  } catch (error) {
    return toResult(error);
  }
}

function toResult(error: unknown): unknown {
  if (error instanceof HttpError || error instanceof OAuthFault) return error;
  throw error;
}

/** Pieces of text that a slow parser searches for, and almost such pieces. */
export const units: readonly string[] = [
  ...[
    "a",
    ".",
    "..",
    "=",
    " ",
    "\t",
    ",",
    "-",
    "_",
    "0",
    "1",
    "/",
    "&",
    ";",
    ":",
    "?",
    "#",
    "@",
    "%",
    "*",
    "!",
    "'",
    '"',
  ],
  ...["\\", "\0", "\r", "\n", "\r\n", "\r\n\r\n", "(", "[", "]", "{", "}", "<", "~", "+", "|", "$", "^"],
  ...["Bearer ", ", Bearer", ",bearer ", "token", "access_token=", "A.", "a,", "connection,", ", *", "a=b&", "a=b;"],
  ...[
    '\\"',
    '"a":',
    '"\\\\":',
    '{"a":',
    "[1,",
    "1,",
    "1e5,",
    '"a",',
    "\\u0061",
    "\\ud800",
    "\\ud83d\\ude00",
    "0.0",
    "e1",
  ],
  ...["%41", "%25", "%3f", "%23", "%u0061", "%C3%A9", "%2E", "%2F", "%5C", "%0"],
  ...[
    "/..",
    "/a",
    "/a.b",
    "/.pl",
    "/::$a",
    "/:a:",
    "/(S(x))",
    "/(S(",
    "/(S()",
    "(S(x)",
    ".a",
    "a..",
    "::$DATA",
    ":$",
    "/cgi-bin",
    "index.a",
    "&a=/",
  ],
  ...[
    "a[b]",
    "[a",
    "a]",
    "a.b",
    "_a",
    "a ",
    "; a",
    '; a="b"',
    "; charset=",
    "name=",
    'name="',
    "filename*=utf-8''",
    "x: y\r\n",
  ],
  ...[
    "--b",
    "--b\r\n",
    "\r\n--b",
    "--b--",
    "=?",
    "?=",
    "data:",
    "data: x\n",
    "\n\n",
    "\r\n\r",
    "\ufeff",
    '"tools":',
    "{id}",
  ],
  ...["://", "http://", "file:///", "a@", "//", "\\\\", "localhost:", "[::1]", "1.", "11 ", "\\13", "tools/call"],
  ...[
    "\u00e9",
    "\u00f0",
    "\u0142",
    "a\u0308",
    "\u0130",
    "\u2215",
    "\u200b",
    "\uff0f",
    "\u2028",
    "\ud83d\ude00",
    "\ud800",
  ],
];
