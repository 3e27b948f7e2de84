"""Judges one OAuth 1 HMAC-SHA256 signature with oauthlib.

Reads from stdin what judgeSignature() in oauth1.js takes, as JSON; prints "right" or "wrong".
"""

import json
import sys
from types import SimpleNamespace
from urllib.parse import urlsplit

from oauthlib.oauth1.rfc5849 import signature

asked = json.load(sys.stdin)
try:
    params = signature.collect_parameters(
        uri_query=urlsplit(asked["url"]).query,
        body=[tuple(field) for field in asked["fields"]],
    )
except ValueError:  # a query that is not form-encoded
    print("wrong")
    sys.exit()
params += [pair for pair in asked["params"].items() if pair[0] != "oauth_signature"]
request = SimpleNamespace(
    http_method=asked["method"],
    uri=asked["url"],
    params=params,
    signature=asked["params"]["oauth_signature"],
)
print("right" if signature.verify_hmac_sha256(request, asked["secret"]) else "wrong")
