import { isRecord } from "../../src/cli-exports/text.ts";
import { type Api, type Endpoint, objectToUrl } from "./authority.ts";
import { type Faults, type Members, memberOf, membersOf, type Place } from "./fault.ts";
import type { DocumentFiles } from "./files.ts";

/** Names that a scheme can grant; `undefined` if it grants any. */
type Names = ReadonlySet<string> | undefined;

/** What a security scheme asks for. */
export type Scheme =
  /** Tokens of Entra. A kind of caller is absent if the scheme has no way to get its tokens. */
  | {
      readonly kind: "entra";
      readonly user?: { readonly names: Names };
      readonly app?: { readonly names: Names };
      /** Whether the scheme says only that there is a bearer token. An empty list is then usual. */
      readonly isBearer?: true;
    }
  /** Something that the gate does not check. */
  | { readonly kind: "unchecked"; readonly what: string };

/** What the reader of schemes knows. */
export interface SchemeSources {
  readonly entry: Place;
  /** `3.0`, `3.1` or `3.2`. */
  readonly version: string;
  readonly files: DocumentFiles;
  readonly api: Api;
  readonly domains: ReadonlyMap<string, string>;
  readonly faults: Faults;
}

/**
 * @param from names of the authorities whose tokens the scheme is for
 * @returns the scheme; `undefined` after a fault
 */
export type FindScheme = (name: string, requirement: Place, from: readonly string[]) => Scheme | undefined;

/** Flows of OAuth, and the endpoints of the members in which they have URLs. */
const flows = {
  implicit: { urls: { authorizationUrl: "authorize" }, kind: "user" },
  password: { urls: { tokenUrl: "token" }, kind: "user" },
  authorizationCode: { urls: { authorizationUrl: "authorize", tokenUrl: "token" }, kind: "user" },
  deviceAuthorization: { urls: { deviceAuthorizationUrl: "devicecode", tokenUrl: "token" }, kind: "user" },
  clientCredentials: { urls: { tokenUrl: "token" }, kind: "app" },
} as const;

/** Creates the function that finds the scheme of a name, as a requirement uses it. */
export function createFindScheme(sources: SchemeSources): FindScheme {
  const { entry, version, files, faults } = sources;
  const known = new Map<string, Scheme | undefined>();
  const components = schemesOf(entry);

  function read(declared: Place, from: readonly string[]): Scheme | undefined {
    const place = files.followAll(declared);
    if (place === undefined) return undefined;
    const key = `${place.file}#${place.pointer} ${from.join(" ")}`;
    if (!known.has(key)) known.set(key, readScheme(place, from, sources));
    return known.get(key);
  }

  return (name, requirement, from) => {
    const place = memberOf(requirement, name);
    const component = memberOf(components, name);
    const isUri = version === "3.2" && (name.includes("/") || name.includes("#") || files.isFile(place, name));
    if (component.value === undefined) {
      if (isUri) {
        const target = files.follow(place, name);
        return target && read(target, from);
      }
      faults.add(
        place,
        "is not a declared security scheme",
        `Declare it in #/components/securitySchemes of ${entry.file}.`,
      );
      return undefined;
    }
    if (isUri && files.isFile(place, name)) {
      faults.add(place, "is a component, and also the path of a file", `Rename the component, or write "./${name}".`);
      return undefined;
    }
    if (place.file !== entry.file && !isSame(name, place, component, from)) return undefined;
    return read(component, from);
  };

  /** A file can be a whole document with a scheme of the same name. Readers then choose either. */
  function isSame(name: string, place: Place, component: Place, from: readonly string[]): boolean {
    const whole = files.open(place.file, place);
    const other = whole && memberOf(schemesOf(whole), name);
    if (other === undefined || other.value === undefined) return true;
    const [own, theirs] = [read(component, from), read(other, from)];
    if (own === undefined || theirs === undefined) return false;
    if (describe(own) === describe(theirs)) return true;
    const repair = `Rename it here or in ${entry.file}, so that each name has one meaning.`;
    faults.add(place, `is another scheme in ${place.file} than in ${entry.file}`, repair);
    return false;
  }
}

function schemesOf(whole: Place): Place {
  return memberOf(memberOf(whole, "components"), "securitySchemes");
}

/** A text that is equal for schemes that ask for the same. */
function describe(scheme: Scheme): string {
  return JSON.stringify(scheme, (_name, value) => (value instanceof Set ? [...value].sort() : value));
}

function readScheme(place: Place, from: readonly string[], sources: SchemeSources): Scheme | undefined {
  const { faults, version } = sources;
  const { value } = place;
  const { type, scheme } = isRecord(value) ? value : ({} as Members);
  if (type === "oauth2") return readOAuth(place, from, sources);
  if (type === "openIdConnect") {
    const isOfEntra = checkUrl(memberOf(place, "openIdConnectUrl"), "metadata", from, sources);
    return isOfEntra ? { kind: "entra", user: { names: undefined } } : undefined;
  }
  if (type === "http" && typeof scheme === "string") {
    if (scheme.toLowerCase() !== "bearer") return { kind: "unchecked", what: `HTTP ${scheme}` };
    return { kind: "entra", isBearer: true, ...(version !== "3.0" && { app: { names: undefined } }) };
  }
  if (type === "apiKey") return { kind: "unchecked", what: "an API key" };
  if (type === "mutualTLS") return { kind: "unchecked", what: "mutual TLS" };
  faults.add(place, "is not a security scheme of OpenAPI", "Write type oauth2 with its flows.");
  return undefined;
}

function readOAuth(place: Place, from: readonly string[], sources: SchemeSources): Scheme | undefined {
  const { faults } = sources;
  const before = faults.size;
  const names = { user: new Set<string>(), app: new Set<string>() };
  const declared = membersOf(memberOf(place, "flows")).filter(([name]) => !name.startsWith("x-"));
  if (declared.length === 0) faults.add(place, "has no flows", "Declare authorizationCode or clientCredentials.");
  for (const [name, flow] of declared) {
    if (!Object.hasOwn(flows, name)) {
      faults.add(flow, "is not a flow of OAuth", `Use one of ${Object.keys(flows).join(", ")}.`);
      continue;
    }
    const { urls, kind } = flows[name as keyof typeof flows];
    for (const [url, endpoint] of Object.entries(urls)) checkUrl(memberOf(flow, url), endpoint, from, sources);
    const refresh = memberOf(flow, "refreshUrl");
    if (refresh.value !== undefined) checkUrl(refresh, "token", from, sources);
    for (const [scope] of membersOf(memberOf(flow, "scopes"))) names[kind].add(scope);
  }
  const metadata = memberOf(place, "oauth2MetadataUrl");
  if (metadata.value !== undefined) checkUrl(metadata, "metadata", from, sources);
  if (faults.size > before) return undefined;
  const hasKind = (kind: "user" | "app") => declared.some(([name]) => flows[name as keyof typeof flows].kind === kind);
  return {
    kind: "entra",
    ...(hasKind("user") && { user: { names: names.user } }),
    ...(hasKind("app") && { app: { names: names.app } }),
  };
}

function checkUrl(
  place: Place,
  endpoint: Endpoint,
  from: readonly string[],
  { api, domains, faults }: SchemeSources,
): boolean {
  const objection = objectToUrl(place.value, endpoint, api, from, domains);
  if (objection !== undefined) faults.add(place, objection.problem, objection.repair);
  return objection === undefined;
}
