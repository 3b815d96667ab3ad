"""Signs in with msal, as an application does. Prints what it got as JSON."""

import json
import os
from urllib.parse import parse_qs, urlsplit

import msal
import requests

authority = os.environ["AUTHORITY"]


def create(client):
    return msal.ConfidentialClientApplication(
        client["id"],
        authority=authority,
        client_credential=client["secret"],
        instance_discovery=False,
    )


def payload(token):
    import base64

    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


daemon, middle, web = (json.loads(os.environ[name]) for name in ("DAEMON", "MIDDLE", "WEB"))

app = create(daemon)
sources = [app.acquire_token_for_client([daemon["scope"]])["token_source"] for _ in range(2)]

exchanged = create(middle).acquire_token_on_behalf_of(middle["assertion"], [middle["scope"]])

app = create(web)
flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=web["redirect"])
url = urlsplit(flow["auth_uri"])
form = {name: values[0] for name, values in parse_qs(url.query).items()} | {"persona": "member"}
page = requests.post(flow["auth_uri"].split("?")[0], data=form, allow_redirects=False)
answer = {name: values[0] for name, values in parse_qs(urlsplit(page.headers["location"]).query).items()}
signed_in = app.acquire_token_by_auth_code_flow(flow, answer)
[account] = app.get_accounts()
renewed = app.acquire_token_silent_with_error(["User.Read"], account, force_refresh=True)

print(
    json.dumps(
        {
            "secret": sources,
            "onBehalfOf": payload(exchanged["access_token"])["scp"] if "access_token" in exchanged else exchanged,
            "code": signed_in["id_token_claims"]["name"],
            "silent": "refreshed" if "access_token" in renewed else renewed,
        }
    )
)
