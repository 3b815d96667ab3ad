"""A FastAPI app that answers only requests of the gate."""

import asyncio
import base64
import hashlib
import json
import logging
import math
import os
import re
import time
import urllib.request

import jwt
from fastapi import FastAPI, Request, Response

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ["AUDIENCE"]
LEEWAY_SECONDS = 30
PAUSE_SECONDS = 10  # between two fetches of the keys
REFRESH_SECONDS = 300
LIFETIME_SECONDS = 86_400
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
IDENTITY = (b"x-entra-", b"x-ms-client-principal", b"x-ms-token-")

log = logging.getLogger("uvicorn.error")

class AssertionFault(Exception):
    """The gate did not send this request."""

class KeysUnavailable(Exception):
    """The keys of the gate are too old, or were never fetched."""

class KeySet:
    """The public keys of the gate. A failed fetch keeps the last good ones."""

    def __init__(self):
        self.keys = {}
        self.fetched_at = self.tried_at = -math.inf
        self.fetching = asyncio.Lock()

    async def find(self, kid):
        is_old = time.monotonic() - self.fetched_at > REFRESH_SECONDS
        if kid not in self.keys or (is_old and not self.fetching.locked()):
            async with self.fetching:
                await self.renew()
        if time.monotonic() - self.fetched_at > LIFETIME_SECONDS:
            raise KeysUnavailable
        if kid not in self.keys:
            raise AssertionFault("unknown kid")
        return self.keys[kid]

    async def renew(self):
        if time.monotonic() - self.tried_at < PAUSE_SECONDS:
            return
        self.tried_at = time.monotonic()
        try:
            self.keys = await asyncio.to_thread(fetch_keys)
            self.fetched_at = time.monotonic()
        except Exception as error:
            log.warning("The keys of the gate cannot be fetched: %s", error)

def fetch_keys():
    with urllib.request.urlopen(f"{ISSUER}/jwks.json", timeout=5) as response:
        found = jwt.PyJWKSet.from_dict(json.loads(response.read(65_536)))
    return {key.key_id: key.key for key in found.keys if key.algorithm_name == "ES256"}

key_set = KeySet()

async def verify(method, target, headers):
    """Returns the claims of the assertion, which must be for exactly this request."""
    assertions = [value for name, value in headers if name == b"x-entra-assertion"]
    if len(assertions) != 1:
        raise AssertionFault("no assertion, or more than one")
    assertion = assertions[0].decode("latin-1")
    if not COMPACT.fullmatch(assertion):
        raise AssertionFault("malformed assertion")
    header = jwt.get_unverified_header(assertion)
    kid = header.pop("kid", None)
    if header != {"alg": "ES256", "typ": "entra-gate+jwt"} or not isinstance(kid, str):
        raise AssertionFault("another header")
    claims = jwt.decode(
        assertion,
        await key_set.find(kid),
        algorithms=["ES256"],
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=LEEWAY_SECONDS,
        options={"require": ["iss", "aud", "iat", "exp"], "strict_aud": True},
    )
    if type(claims["iat"]) is not int or type(claims["exp"]) is not int:
        raise AssertionFault("a time is no whole number")
    if claims.get("method") != method:
        raise AssertionFault("another method")
    digest = base64.urlsafe_b64encode(hashlib.sha256(target).digest())
    if claims.get("target") != digest.rstrip(b"=").decode():
        raise AssertionFault("another target")
    return claims

def is_identity(name):
    return re.sub(rb"[^a-z0-9]", b"-", name).startswith(IDENTITY)

class GateOnly:
    """Verifies each request, and removes all other headers that describe the caller."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        # The path and the query as they were received. The upgrade to a WebSocket is a GET.
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        try:
            claims = await verify(scope.get("method", "GET"), target, scope["headers"])
        except (AssertionFault, jwt.PyJWTError) as error:
            log.warning("The request has no valid assertion of the gate: %s", error)
            return await Response(status_code=401)(scope, receive, send)
        except KeysUnavailable:
            return await Response(status_code=503)(scope, receive, send)
        headers = [(name, value) for name, value in scope["headers"] if not is_identity(name)]
        state = {**scope.get("state", {}), "caller": claims}
        await self.app({**scope, "headers": headers, "state": state}, receive, send)

app = FastAPI()

@app.api_route("/{path:path}", methods=["GET", "POST"])
async def show(request: Request):
    """Shows what your routes get: replace it with them."""
    return {"caller": request.state.caller, "headers": dict(request.headers)}

# The last middleware that is added runs first.
app.add_middleware(GateOnly)
