"""Signs a user in with Authlib, as a web application does. Prints what it got as JSON."""

import json
import os
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

metadata = requests.get(os.environ["ISSUER"] + "/.well-known/openid-configuration").json()
session = OAuth2Session(
    os.environ["WEB_ID"],
    os.environ["WEB_SECRET"],
    scope="openid profile email offline_access",
    redirect_uri=os.environ["REDIRECT"],
    code_challenge_method="S256",
    token_endpoint_auth_method="client_secret_basic",
    token_endpoint=metadata["token_endpoint"],
)
verifier, nonce = "verifier-of-forty-three-characters-or-more-0", "nonce of this request"
page, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
form = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()} | {"persona": "member"}
answer = requests.post(page.split("?")[0], data=form, allow_redirects=False)
session.fetch_token(authorization_response=answer.headers["location"], state=state, code_verifier=verifier)
keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"]).json())
claims = jwt.decode(
    session.token["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"value": metadata["issuer"]}, "aud": {"value": os.environ["WEB_ID"]}},
    claims_params={"nonce": nonce, "client_id": os.environ["WEB_ID"]},
)
claims.validate()
session.refresh_token(metadata["token_endpoint"], scope="openid profile offline_access")
user = session.get(metadata["userinfo_endpoint"]).json()
print(json.dumps({"name": claims["name"], "email": claims["email"], "sub": user["sub"] == claims["sub"]}))
