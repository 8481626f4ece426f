"""Authlib (Debian's python3-authlib) against the server, whose test drives it: see authlib.test.ts."""

import json
import secrets
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

given = json.loads(sys.argv[1])
metadata = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
token_endpoint = metadata["token_endpoint"]
said = {}


def visit(url):
    """The test's browser goes there, and tells where it was led to."""
    print("visit " + url, flush=True)
    return sys.stdin.readline().strip()


for method in ["client_secret_basic", "client_secret_post"]:
    machine = OAuth2Session(given["machine"], given["machine_secret"], token_endpoint_auth_method=method, scope="read")
    said[method] = machine.fetch_token(token_endpoint, grant_type="client_credentials")

web = OAuth2Session(
    given["web"],
    given["web_secret"],
    scope="openid email offline_access read",
    redirect_uri=given["redirect_uri"],
    code_challenge_method="S256",
)
verifier, nonce = generate_token(48), secrets.token_urlsafe(16)
url, state = web.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
answer = visit(url)
tokens = web.fetch_token(token_endpoint, authorization_response=answer, state=state, code_verifier=verifier)

keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
claims = jwt.decode(
    tokens["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"essential": True, "value": given["issuer"]}, "aud": {"value": given["web"]}},
    claims_params={"nonce": nonce, "client_id": given["web"], "access_token": tokens["access_token"]},
)
claims.validate()
said["claims"] = dict(claims)
said["user"] = web.get(metadata["userinfo_endpoint"]).json()

said["before"] = web.introspect_token(metadata["introspection_endpoint"], token=tokens["access_token"]).json()
refreshed = web.refresh_token(token_endpoint, refresh_token=tokens["refresh_token"])
said["refreshed"] = dict(refreshed)
said["revoked"] = web.revoke_token(
    metadata["revocation_endpoint"], token=refreshed["refresh_token"], token_type_hint="refresh_token"
).status_code
said["after"] = web.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"]).json()
print(json.dumps(said))
