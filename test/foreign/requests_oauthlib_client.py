"""Requests-OAuthlib (Debian's python3-requests-oauthlib) against the server: see requests-oauthlib.test.ts."""

import base64
import hashlib
import json
import secrets
import sys

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

given = json.loads(sys.argv[1])
metadata = requests.get(given["issuer"] + "/.well-known/oauth-authorization-server", timeout=10).json()
token_endpoint = metadata["token_endpoint"]
said = {}


def visit(url):
    """The test's browser goes there, and tells where it was led to."""
    print("visit " + url, flush=True)
    return sys.stdin.readline().strip()


machine = OAuth2Session(client=BackendApplicationClient(client_id=given["machine"], scope=["read"]))
said["basic"] = machine.fetch_token(token_endpoint, auth=HTTPBasicAuth(given["machine"], given["machine_secret"]))
said["post"] = machine.fetch_token(token_endpoint, client_secret=given["machine_secret"], include_client_id=True)

verifier = secrets.token_urlsafe(48)
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
auth = HTTPBasicAuth(given["web"], given["web_secret"])
web = OAuth2Session(given["web"], redirect_uri=given["redirect_uri"], scope=["read", "write"])
url, state = web.authorization_url(
    metadata["authorization_endpoint"], code_challenge=challenge, code_challenge_method="S256"
)
tokens = web.fetch_token(token_endpoint, authorization_response=visit(url), auth=auth, code_verifier=verifier)
said["tokens"] = dict(tokens)
said["api"] = web.get(given["api"]).json()

refreshed = web.refresh_token(token_endpoint, refresh_token=tokens["refresh_token"], auth=auth)
said["refreshed"] = dict(refreshed)


def introspected(token):
    return requests.post(metadata["introspection_endpoint"], data={"token": token}, auth=auth, timeout=10).json()


said["before"] = introspected(refreshed["access_token"])
where, headers, body = web._client.prepare_token_revocation_request(
    metadata["revocation_endpoint"], refreshed["access_token"], token_type_hint="access_token"
)
said["revoked"] = requests.post(where, data=body, headers=headers, auth=auth, timeout=10).status_code
said["after"] = introspected(refreshed["access_token"])
print(json.dumps(said))
