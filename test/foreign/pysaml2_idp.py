"""An identity provider of pysaml2, which signs everybody in as Ada. Given, as JSON: port, key and certificate (files).
It writes a line once it listens. What is signed, and how, goes by the path."""

import json
import sys
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen
from zlib import decompress as inflate

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
from saml2.samlp import authn_request_from_string
from saml2.server import Server
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA1, DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256

given = json.loads(sys.argv[1])
base = f"http://127.0.0.1:{given['port']}"
entity_id = f"{base}/idp"
person = {
    "mail": ["ada@example.org"],
    "displayName": ["Ada Lovelace"],
    "uid": ["ada"],
    "eduPersonEntitlement": ["urn:example:notes", "urn:example:books"],
}
ways = {
    "/sso/assertion": {"sign_assertion": True, "sign_response": False},
    "/sso/response": {"sign_assertion": False, "sign_response": True},
    "/sso/both": {"sign_assertion": True, "sign_response": True},
    "/sso/none": {"sign_assertion": False, "sign_response": False},
    "/sso/sha1": {"sign_assertion": True, "sign_response": False, "sign_alg": SIG_RSA_SHA1, "digest_alg": DIGEST_SHA1},
    "/sso/transient": {"sign_assertion": True, "sign_response": False, "format": NAMEID_FORMAT_TRANSIENT},
}


def config(sp=None):
    conf = {
        "entityid": entity_id,
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(base + path, BINDING_HTTP_REDIRECT) for path in ways]},
                "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
            }
        },
        "key_file": given["key"],
        "cert_file": given["certificate"],
        "xmlsec_binary": "/usr/bin/xmlsec1",
    }
    if sp is not None:
        conf["metadata"] = {"inline": [sp]}
    return IdPConfig().load(conf)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        try:
            page = str(entity_descriptor(config())) if url.path == "/metadata" else self.sign_in(url)
            self.answer(200, page)
        except Exception as error:
            self.answer(400, f"{type(error).__name__}: {error}")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def sign_in(self, url):
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        # Metadata, section 4.1.1: the entity id is where the metadata is.
        request = inflate(b64decode(query["SAMLRequest"]), -15)
        metadata = urlopen(authn_request_from_string(request).issuer.text).read().decode()
        server = Server(config=config(sp=metadata))
        asked = server.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
        if "Signature" in query:
            certificates = server.metadata.certs(asked.message.issuer.text, "spsso", "signing")
            found = [text if isinstance(text, str) else text[1] for text in certificates]
            if not any(verify_redirect_signature(query, server.sec.sec_backend, one) for one in found):
                raise ValueError("the signature of the request is no good")
        where = server.response_args(asked.message)
        way = {"sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256, "format": NAMEID_FORMAT_PERSISTENT, **ways[url.path]}
        response = server.create_authn_response(
            person,
            userid="ada",
            name_id=NameID(format=way.pop("format"), text="9d1f7a52-ada"),
            authn={"class_ref": "https://refeds.org/profile/mfa", "authn_auth": entity_id},
            **where,
            **way,
        )
        form = server.apply_binding(BINDING_HTTP_POST, str(response), where["destination"], query["RelayState"], response=True)
        return "".join(form["data"]) if isinstance(form["data"], list) else form["data"]

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", given["port"]), Handler)
print("listening", flush=True)
server.serve_forever()
