/** The HTTP Method Registry of IANA (RFC 9110 section 16.1.1). */
const registered = new Set(
  (
    "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY PRI ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK " +
    "MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND " +
    "UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
  ).split(" "),
);

/** Names a method for the log. Deno passes any text as a method, for example a token. */
export function nameMethod(method: string): string {
  // A call without a request has none.
  return method === "" || registered.has(method) ? method : "other";
}
