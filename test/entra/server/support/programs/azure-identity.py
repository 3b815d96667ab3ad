"""Gets tokens with azure-identity, as a service does. Prints them as JSON."""

import json
import os

from azure.identity import CertificateCredential, ClientSecretCredential, OnBehalfOfCredential

env = os.environ
options = {"authority": f"https://{env['HOST']}", "disable_instance_discovery": True}
secret = ClientSecretCredential(env["TENANT"], env["DAEMON_ID"], env["DAEMON_SECRET"], **options)
certificate = CertificateCredential(env["TENANT"], env["CERTIFIED_ID"], env["CERTIFICATE"], **options)
on_behalf_of = OnBehalfOfCredential(
    env["TENANT"],
    env["MIDDLE_ID"],
    client_secret=env["MIDDLE_SECRET"],
    user_assertion=env["ASSERTION"],
    **options,
)
print(
    json.dumps(
        {
            "secret": secret.get_token(env["SCOPE"]).token,
            "certificate": certificate.get_token(env["SCOPE"]).token,
            "onBehalfOf": on_behalf_of.get_token(env["MIDDLE_SCOPE"]).token,
        }
    )
)
