"""Judges token requests as an authorization server that is made of oauthlib.

Each line of the input is one request as JSON: method, uri, body, headers, and what the caller found
out about its JWTs: client is {"id"} or {"error", "description"}, subject is {} or the same error, or
null if the system wants none. Each line of the output is the answer as JSON: status, headers, body.
"""

import json
import sys
from types import SimpleNamespace

from oauthlib.oauth2 import BearerToken, ClientCredentialsGrant, RequestValidator, TokenEndpoint
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
# RFC 8693 section 2.1; all but audience and resource occur once
ONCE = ("grant_type", "scope", "requested_token_type", "subject_token", "subject_token_type",
        "actor_token", "actor_token_type", "client_id", "client_secret", "client_assertion",
        "client_assertion_type")


class Refused(errors.OAuth2Error):
    """An error with the words of the system."""

    def __init__(self, verdict, status, request):
        self.error = verdict["error"]
        super().__init__(description=verdict["description"], status_code=status, request=request)


class Validator(RequestValidator):
    def authenticate_client(self, request, *args, **kwargs):
        verdict = request.extra_credentials["client"]
        once(request)
        sent = dict(request.decoded_body)
        if "client_assertion" in sent and sent.get("client_assertion_type") != ASSERTION:
            raise errors.InvalidRequestError("client_assertion_type", request=request)
        if "error" in verdict:
            raise Refused(verdict, 401, request)
        request.client = SimpleNamespace(client_id=verdict["id"])
        return sent.get("client_id", verdict["id"]) == verdict["id"]

    def validate_grant_type(self, client_id, grant_type, client, request, *args, **kwargs):
        return True

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        return []

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return scopes == (request.extra_credentials["scope"] or "").split()

    def save_bearer_token(self, token, request, *args, **kwargs):
        pass


class ExchangeGrant(GrantTypeBase):
    """RFC 8693 section 2.1."""

    def create_token_response(self, request, token_handler):
        headers = self._get_default_headers()
        try:
            if not self.request_validator.authenticate_client(request):
                raise errors.InvalidClientError(request=request)
            sent = dict(request.decoded_body)
            for name in ("subject_token", "subject_token_type"):
                if not sent.get(name):
                    raise errors.InvalidRequestError("Missing " + name, request=request)
            if ("actor_token" in sent) != ("actor_token_type" in sent):
                raise errors.InvalidRequestError("actor_token", request=request)
            if sent.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
                raise errors.InvalidRequestError("requested_token_type", request=request)
            if "error" in request.extra_credentials["subject"]:
                raise Refused(request.extra_credentials["subject"], 400, request)
            self.validate_scopes(request)
        except errors.OAuth2Error as e:
            headers.update(e.headers)
            return headers, e.json, e.status_code
        token = token_handler.create_token(request, refresh_token=False)
        token["issued_token_type"] = ACCESS_TOKEN
        return headers, json.dumps(token), 200


def once(request):
    for name in ONCE:
        if name in request.duplicate_params:
            raise errors.InvalidRequestError("Duplicate " + name, request=request)


validator = Validator()
endpoint = TokenEndpoint(
    "client_credentials",
    BearerToken(validator, expires_in=3600),
    {
        "client_credentials": ClientCredentialsGrant(validator),
        EXCHANGE: ExchangeGrant(validator),
    },
)
for line in sys.stdin:
    asked = json.loads(line)
    headers, body, status = endpoint.create_token_response(
        asked["uri"], asked["method"], asked["body"], asked["headers"],
        {name: asked[name] for name in ("client", "subject", "scope")},
    )
    print(json.dumps({"status": status, "headers": headers, "body": body}), flush=True)
