import { addMember, type Members } from "../../http/members.ts";
import { readQuery } from "../../http/path.ts";
import { parseQuery } from "../../http/query.ts";
import { BadRequestError } from "./errors.ts";

/** Credentials are for the guard: a validator could quote them in its complaint. */
const credentialNames = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Parameters of a query by name. @throws BadRequestError where it is malformed */
export function readQueryMembers(url: string): Members {
  const query = parseQuery(readQuery(url));
  if (query === undefined) throw new BadRequestError("Invalid query");
  return query;
}

/** Headers by name, without credentials. */
export function readHeaderMembers(headers: Headers): Members {
  const members: Members = {};
  for (const [name, value] of headers) {
    if (!credentialNames.has(name)) addMember(members, name, value);
  }
  return members;
}
