import {
  documentUrls,
  type IssuerIdentity,
  isSameKey,
  readIssuers,
  readPrivateKey,
} from "../../src/cli-exports/documents.ts";
import { createReader, fetchDocument, withinFetchDeadline } from "../../src/cli-exports/policy.ts";
import { parseJson } from "../../src/cli-exports/text.ts";
import { hostOf, isMatch, pathOf } from "../project/zone-patterns.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("issuers");

/** Checks the gate's own issuers: whether the origin and Entra can fetch their documents. */
export async function examineIssuers(subject: DoctorSubject): Promise<readonly Finding[]> {
  const { code, settings, config, io } = subject;
  if (code.options.issuer === undefined) return [];
  const environment = code.environment ?? settings.environment;
  const { origin, client } = readIssuers(createReader(environment), config);
  const issuers = [origin, client].filter((each) => each !== undefined);
  const [first] = issuers;
  if (first === undefined) return [good("none has a key yet: npx entra-gate keygen makes one")];
  const findings: Finding[] = [];
  if (environment.GATE_ISSUER === undefined) {
    const address = new URL(first.issuer).origin;
    const text =
      "GATE_ISSUER is missing: the issuers are at the first address of GATE_URL, and another order changes them";
    findings.push(warning(text, `GATE_ISSUER=${address}`));
  }
  if (client?.signsIn) {
    const { issuer, subject: name, audience } = client;
    findings.push(good(`federated credential: issuer ${issuer}, subject ${name}, audience ${audience}`));
  }
  findings.push(...issuers.flatMap((issuer) => examineRoute(issuer, subject)));
  if (io === undefined) return [...findings, skipped("the documents were not fetched")];
  const fetched = await Promise.all(issuers.map((issuer) => examineDocuments(issuer, subject)));
  return [...findings, ...fetched];
}

/** A request that no route of the zone leads to the gate reaches the origin, which could then serve keys of its own. */
function examineRoute(identity: IssuerIdentity, { settings }: DoctorSubject): readonly Finding[] {
  const patterns = settings.wrangler?.patterns ?? [];
  const { host, pathname } = new URL(documentUrls(identity).keys);
  const isLed = patterns.some((each) => isMatch(host, hostOf(each)) && isMatch(pathname, pathOf(each)));
  if (patterns.length === 0 || isLed) return [];
  const text = `no route of the zone covers ${host}${pathname}: the origin could publish keys there`;
  return [fault(text, `a pattern ${host}/*, or ${host}/.well-known/* beside the others`)];
}

/** Fetches the documents as Entra does: without following redirects, and with an exact issuer. */
async function examineDocuments(identity: IssuerIdentity, { io }: DoctorSubject): Promise<Finding> {
  const { issuer, key } = identity;
  const urls = documentUrls(identity);
  const isOfEntra = key.kind === "RSA";
  const fix = `deploy the gate, and let a firewall and its bot rules pass requests for ${issuer}/*${isOfEntra ? ", which Entra fetches" : ""}`;
  const read = async (url: string): Promise<unknown> => {
    const fetched = await withinFetchDeadline(io!, (signal) => fetchDocument(io!, url, signal));
    if (!fetched.ok) throw new Error(`${url}: ${fetched.error.problem}`);
    return parseJson(fetched.value);
  };
  try {
    const metadata = (await read(urls.discovery)) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    if (metadata.issuer !== issuer || metadata.jwks_uri !== urls.keys)
      return fault(`${urls.discovery} describes another issuer`, fix);
    const { keys } = (await read(urls.keys)) as { readonly keys: readonly Readonly<Record<string, string>>[] };
    const own = typeof key.secret === "string" ? readPrivateKey(key.secret, key.kind) : undefined;
    if (own?.ok && !keys.some((each) => isSameKey(each, own.value.public)))
      return warning(`${urls.keys} does not have ${key.variable} of this folder`, "deploy the gate with this key");
    return good(`${issuer} publishes ${keys.length} ${keys.length === 1 ? "key" : "keys"}`);
  } catch (error) {
    return warning(`the documents of ${issuer} cannot be read: ${(error as Error).message}`, fix);
  }
}
