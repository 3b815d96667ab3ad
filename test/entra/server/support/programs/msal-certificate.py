"""Gets tokens with msal and a certificate, named by its SHA-256 and by its SHA-1. Prints them as JSON."""

import json
import os

import msal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

with open(os.environ["CERTIFICATE"], "rb") as file:
    pem = file.read()
certificate = x509.load_pem_x509_certificate(pem)
key_pem = pem[pem.index(b"-----BEGIN PRIVATE KEY-----") :]
key = serialization.load_pem_private_key(key_pem, None)
pfx = os.path.join(os.environ["HOME"], "certificate.pfx")
with open(pfx, "wb") as file:
    file.write(pkcs12.serialize_key_and_certificates(None, key, certificate, None, serialization.NoEncryption()))


def acquire(credential):
    app = msal.ConfidentialClientApplication(
        os.environ["CERTIFIED_ID"],
        authority=os.environ["AUTHORITY"],
        client_credential=credential,
        instance_discovery=False,
    )
    return app.acquire_token_for_client([os.environ["SCOPE"]])["access_token"]


sha1 = certificate.fingerprint(hashes.SHA1()).hex()
by_sha1 = {"private_key": key_pem.decode(), "thumbprint": sha1}
by_sha256 = {"private_key_pfx_path": pfx, "public_certificate": True}
print(json.dumps({"sha256": acquire(by_sha256), "sha1": acquire(by_sha1)}))
