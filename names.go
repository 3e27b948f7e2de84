package fetchtoken

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// Package core uses JavaScript's names of fields and options. This file replaces them with Go's
// names.

// goNames are names that are no English words, so they mean a field everywhere.
var goNames = map[string]string{
	"tokenEndpoint": "TokenEndpoint", "clientId": "ClientID", "clientSecret": "ClientSecret",
	"allowHttp": "AllowHTTP", "clientAuth": "ClientAuth", "privateKey": "PrivateKey", "keyId": "KeyID",
	"clientAssertion": "ClientAssertion", "subjectToken": "SubjectToken",
	"subjectTokenType": "SubjectTokenType", "actorToken": "ActorToken",
	"actorTokenType": "ActorTokenType", "requestedTokenType": "RequestedTokenType",
	"grantType": "GrantType", "bodyFormat": "BodyFormat", "basicEncoding": "BasicEncoding",
	"signatureMethod":             "SignatureMethod",
	"authorizationEndpoint":       "AuthorizationEndpoint",
	"deviceAuthorizationEndpoint": "DeviceAuthorizationEndpoint",
	"revocationEndpoint":          "RevocationEndpoint", "redirectUri": "the redirect URI",
	"mtlsEndpointAliases": "MTLSEndpointAliases", "maxBody": "Options.MaxBody",
	"assertion.claims": "Assertion.Claims",
	"assertion.header": "Assertion.Header", "assertion.type": "Assertion.Type",
	"assertion.lifetime": "Assertion.Lifetime", "response.token": "Response.Token",
	"response.expiresIn": "Response.ExpiresIn", "response.scope": "Response.Scope",
}

// goFields are names that are also words. They mean a field at the beginning of a message, and
// after "set".
var goFields = map[string]string{
	"provider": "Provider", "environment": "Environment", "tenant": "Tenant",
	"passphrase": "Passphrase", "certificate": "Certificate", "x5c": "X5C",
	"sign": "Options.Sign", "alg": "Alg",
	"assertion": "Assertion", "scope": "Scope",
	"resource": "Resource", "audience": "Audience", "parameters": "Parameters",
	"headers": "Headers", "response": "Response", "issuer": "Issuer",
}

// goPhrases are the advice for users of JavaScript, and the advice for users of Go.
var goPhrases = strings.NewReplacer(
	"give createClient the option dpop", "set Options.DPoP",
	"the option dpop or", "Options.DPoP or",
	"send the request by a fetch, in Go by an HTTPClient, that presents one",
	"set an Options.HTTPClient that presents one",
	"which one the fetch, in Go the HTTPClient, presents", "which one Options.HTTPClient presents",
	"(Node: NODE_USE_ENV_PROXY=1 and HTTPS_PROXY, or a fetch of your own)",
	"(by HTTPS_PROXY, or by the Transport of Options.HTTPClient)",
	"name its file in NODE_EXTRA_CA_CERTS",
	"name its file in SSL_CERT_FILE, or trust it in the Transport of Options.HTTPClient",
	"clientAuth: 'none'", "ClientAuth: AuthNone",
	"clientAuth is 'none'", "ClientAuth is AuthNone",
	"clientAuth: 'oauth1'", "ClientAuth: AuthOAuth1",
	"clientAuth: 'client_secret_jwt'", "ClientAuth: AuthClientSecretJWT",
	"clientAuth: 'client_secret_post'", "ClientAuth: AuthClientSecretPost",
	"basicEncoding: 'form'", "BasicEncoding: BasicForm",
	"basicEncoding: 'raw'", "BasicEncoding: BasicRaw",
	"bodyFormat: 'form'", "BodyFormat: BodyForm",
	"bodyFormat: 'json'", "BodyFormat: BodyJSON",
	"and alg don't fit each other", "and Alg don't fit each other",
	"privateKey, sign or clientAssertion is given",
	"PrivateKey, Options.Sign or ClientAssertion is given",
	"clientSecret and sign are given", "ClientSecret and Options.Sign are given",
	"clientAssertion and sign are both given", "ClientAssertion and Options.Sign are both given",
	", and environment: ", ", and Environment: ",
	"with provider or tokenEndpoint", "with Provider or TokenEndpoint",
	"provider, tokenEndpoint or issuer", "Provider, TokenEndpoint or Issuer",
	`name one of its sections as "profile"`,
	"read it by Load, with the name of one of its sections",
	`leave "profile" out`, "leave the profile out",
	"sign in again: get a new code, refresh token or assertion, and make a client with that",
	"let the user sign in again, and make a Client with the new code or refresh token",
	"set provider, clientId and clientSecret", "set Provider, ClientID and ClientSecret",
)

// nameForGo returns a text of package core with Go's names. Text in quotes, in a URL, and in the
// braces of a placeholder stays as it is.
func nameForGo(text string) string {
	text = goPhrases.Replace(text)
	out := make([]byte, 0, len(text)+32)
	quoted := false
	for i := 0; i < len(text); {
		if !isNamePart(text[i]) {
			quoted = quoted != (text[i] == '"')
			out = append(out, text[i])
			i++
			continue
		}
		end := i
		for end < len(text) && (isNamePart(text[end]) || isInnerDot(text, end)) {
			end++
		}
		name := text[i:end]
		inURL := i > 0 && strings.IndexByte("{/'@&?=%", text[i-1]) >= 0
		if !quoted && !inURL {
			name = goName(name, i == 0 || strings.HasSuffix(text[:i], "set "))
		}
		out = append(out, name...)
		i = end
	}
	return string(out)
}

// goName returns Go's name for a field, or the word itself.
func goName(name string, isField bool) string {
	if field, ok := goNames[name]; ok {
		return field
	}
	if field, ok := goFields[name]; ok && isField {
		return field
	}
	if dot := strings.LastIndexByte(name, '.'); dot > 0 { // a member of a map
		field, ok := goNames[name[:dot]]
		if key, ok := strings.CutPrefix(name, "parameters."); ok && isField {
			return `Parameters["` + key + `"]`
		}
		if key, ok := strings.CutPrefix(name, "headers."); ok && isField {
			return `Headers["` + key + `"]`
		}
		if ok {
			return field + `["` + name[dot+1:] + `"]`
		}
	}
	return name
}

func isNamePart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// isInnerDot reports whether there is a dot within a name at this index.
func isInnerDot(text string, at int) bool {
	return text[at] == '.' && at+1 < len(text) && isNamePart(text[at+1])
}

// messageForGo returns the message of an error with Go's names. The words of a server or a host in
// it stay as they are.
func messageForGo(e *core.TokenError) string {
	switch e.Code {
	case core.CodeErrorResponse, core.CodeHTTPError, core.CodeInvalidResponse, core.CodeInternal:
		return e.Message
	}
	own := e.Message
	if e.Cause != "" {
		own = strings.TrimSuffix(own, e.Cause)
	}
	said := withoutCondition(e.Message[len(own):])
	return nameForGo(own) + said
}
