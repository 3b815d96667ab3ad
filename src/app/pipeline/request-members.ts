import { addMember, type Members } from "../../http/members.ts";
import { readQuery } from "../../http/path.ts";
import { parseQuery } from "../../http/query.ts";
import { BadRequestError } from "../errors/errors.ts";

/** Only the guard reads credentials, because a validator could quote them in its message. */
const credentialNames = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Returns the query parameters by name. @throws BadRequestError if the query is malformed */
export function readQueryMembers(url: string): Members {
  const query = parseQuery(readQuery(url));
  if (query === undefined) throw new BadRequestError("Invalid query");
  return query;
}

/** Returns the headers by name, without credentials. */
export function readHeaderMembers(headers: Headers): Members {
  const members: Members = {};
  for (const [name, value] of headers) {
    if (!credentialNames.has(name)) addMember(members, name, value);
  }
  return members;
}
