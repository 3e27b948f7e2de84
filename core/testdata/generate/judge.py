"""The judge of everything that is signed with OAuth 1: oauthlib.

Reads a JSON list of the corpus's oauth1 inputs and writes a JSON list of
{"baseString", "signature", "authorization"}. The base string and the signature
are oauthlib's; `pem` is the private key of an RSA method. The header is written here, from RFC 5849 3.5.1, and read back
with oauthlib's own parser.
"""
import json
import sys
from urllib.parse import quote, urlsplit

import oauthlib
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature, utils

if oauthlib.__version__ != "3.2.2":
    sys.exit("this corpus was made with oauthlib 3.2.2, not " + oauthlib.__version__)


def escape(text):
    return quote(text.encode("utf-8"), safe="~")


def protocol_parameters(i):
    pairs = [
        ("oauth_consumer_key", i["consumerKey"]),
        ("oauth_nonce", i["nonce"]),
        ("oauth_signature_method", i["signatureMethod"]),
        ("oauth_timestamp", str(i["timestamp"])),
    ]
    if i.get("token"):
        pairs.append(("oauth_token", i["token"]))
    if i["version"]:
        pairs.append(("oauth_version", i["version"]))
    return pairs + [tuple(p) for p in i.get("oauthParams", [])]


def header(i, pairs):
    parts = []
    if i.get("realm"):
        parts.append('realm="%s"' % i["realm"])
    parts += ['%s="%s"' % (escape(n), escape(v)) for n, v in sorted(pairs)]
    return "OAuth " + ", ".join(parts)


def judge(i):
    pairs = protocol_parameters(i)
    unsigned = header(i, pairs)
    collected = signature.collect_parameters(
        uri_query=urlsplit(i["url"]).query.replace("[", "%5B").replace("]", "%5D"),
        body=[tuple(p) for p in i.get("params", [])],
        headers={"Authorization": unsigned},
    )
    base = signature.signature_base_string(
        i["method"],
        signature.base_string_uri(i["url"]),
        signature.normalize_parameters(collected),
    )
    client = Client(
        i["consumerKey"],
        client_secret=i.get("consumerSecret"),
        resource_owner_key=i.get("token") or None,
        resource_owner_secret=i.get("tokenSecret") or None,
        rsa_key=i.get("pem"),
    )
    method = i["signatureMethod"]
    if method == "HMAC-SHA256":
        signed = signature.sign_hmac_sha256_with_client(base, client)
    elif method == "HMAC-SHA512":
        signed = signature._sign_hmac("SHA-512", base, client.client_secret or "", client.resource_owner_secret or "")
    elif method == "HMAC-SHA1":
        signed = signature.sign_hmac_sha1_with_client(base, client)
    elif method == "RSA-SHA1":
        signed = signature.sign_rsa_sha1_with_client(base, client)
    elif method == "RSA-SHA256":
        signed = signature.sign_rsa_sha256_with_client(base, client)
    elif method == "RSA-SHA512":
        signed = signature.sign_rsa_sha512_with_client(base, client)
    elif method == "PLAINTEXT":
        signed = signature.sign_plaintext_with_client(base, client)
    else:
        raise ValueError(method)
    authorization = header(i, pairs + [("oauth_signature", signed)])

    # What oauthlib's parser reads from the header must be what went in.
    read = {n: utils.unescape(v) for n, v in utils.parse_authorization_header(authorization) if n != "realm"}
    assert read == dict(pairs, oauth_signature=signed), authorization
    return {"baseString": base, "signature": signed, "authorization": authorization}


json.dump([judge(i) for i in json.load(sys.stdin)], sys.stdout)
