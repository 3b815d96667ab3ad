// Tells nginx whether a request comes from the gate.
const issuer = "https://api.contoso.com/.well-known/entra-gate/origin";
const audience = "https://origin.contoso.com";
const leewaySeconds = 30;
const pauseMilliseconds = 10000; // between two fetches of the keys
const refreshMilliseconds = 300000;
const waitMilliseconds = 5000;

async function verify(r) {
  try {
    r.headersOut["Gate-Claims"] = await readClaims(r);
    r.return(204);
  } catch (error) {
    r.warn(`The request has no valid assertion of the gate: ${error.message}`);
    r.return(error.message === keysUnavailable ? 503 : 401);
  }
}

const keysUnavailable = "the keys of the gate are too old, or were never fetched";

// Returns the claims in base64url. They must be for exactly this request.
async function readClaims(r) {
  const assertions = r.rawHeadersIn.filter((pair) => pair[0].toLowerCase() === "x-entra-assertion");
  check(assertions.length === 1, "no assertion, or more than one");
  check(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertions[0][1]), "malformed assertion");
  const parts = assertions[0][1].split(".");

  const header = decode(parts[0]);
  const hasOurHeader = header.alg === "ES256" && header.typ === "entra-gate+jwt" && typeof header.kid === "string";
  check(hasOurHeader && Object.keys(header).length === 3, "another header");
  const signature = Buffer.from(parts[2], "base64url");
  const signed = `${parts[0]}.${parts[1]}`;
  const key = await findKey(header.kid);
  const isSigned = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
  check(isSigned, "another signature");

  const claims = decode(parts[1]);
  const now = Math.floor(Date.now() / 1000);
  check(claims.iss === issuer, "another issuer");
  check(claims.aud === audience, "another audience");
  check(Number.isSafeInteger(claims.iat) && claims.iat <= now + leewaySeconds, "issued in the future, or at no time");
  check(Number.isSafeInteger(claims.exp) && claims.exp > now - leewaySeconds, "expired, or without an end");
  // The variables have the request of the client; `r` is the request that nginx makes of it.
  check(claims.method === r.variables.request_method, "another method");
  const target = r.variables.request_uri.replace(/^([^?]*)\?$/, "$1");
  const digest = await crypto.subtle.digest("SHA-256", target);
  check(claims.target === Buffer.from(digest).toString("base64url"), "another target");
  return parts[1];
}

function check(isTrue, problem) {
  if (isTrue !== true) throw new Error(problem);
}

function decode(part) {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

// All workers of nginx share the keys, which expire after a day. A failed fetch keeps the last good ones.
async function findKey(kid) {
  const shared = ngx.shared.gate;
  let key = pickKey(kid);
  const isOld = shared.get("fresh") === undefined;
  if ((key === undefined || isOld) && shared.add("pause", "fetching", pauseMilliseconds)) {
    await renew(shared);
  }
  const giveUpAt = Date.now() + waitMilliseconds;
  while (key === undefined && shared.get("pause") === "fetching" && Date.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  key = pickKey(kid);
  check(shared.get("keys") !== undefined, keysUnavailable);
  check(key !== undefined, "unknown kid");
  return crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

async function renew(shared) {
  try {
    const response = await ngx.fetch(`${issuer}/jwks.json`);
    check(response.status === 200, `status ${response.status}`);
    const text = await response.text();
    check(readKeys(text).length > 0, "the key set has no usable key");
    shared.set("keys", text);
    shared.set("fresh", "yes", refreshMilliseconds);
  } catch (error) {
    ngx.log(ngx.WARN, `The keys of the gate cannot be fetched: ${error.message}`);
  }
  shared.set("pause", "over", pauseMilliseconds);
}

function pickKey(kid) {
  return readKeys(ngx.shared.gate.get("keys") || '{"keys":[]}').find((key) => key.kid === kid);
}

function readKeys(text) {
  return JSON.parse(text).keys.filter((key) => key.kty === "EC" && key.crv === "P-256");
}

export default { verify };
