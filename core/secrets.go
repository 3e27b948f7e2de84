package core

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// Redacted replaces a secret.
const Redacted = redact.Mark

// Secrets returns a search for the secrets of the request that Build made with the same arguments.
func (x *Exchange) Secrets(now int64, random, signature []byte) *redact.Search {
	s := redact.New(x.ClientID, x.URL.String())
	s.AddSecret(x.ClientSecret)
	s.Add(x.Passphrase)
	s.AddKey(x.PrivateKey, x.KeyID)
	for _, f := range x.Fields {
		if slices.Contains(secretParameters, f.Name) {
			s.AddToken(f.Value)
		}
	}
	s.AddToken(x.ClientAssertion)
	for _, h := range x.Headers {
		for _, part := range strings.Split(h.Value, uuidPlaceholder) {
			s.AddSecret(part)
		}
	}
	for _, get := range x.Gets {
		for _, h := range get.Source.Headers {
			s.AddSecret(h.Value)
		}
	}
	for _, grant := range x.replaced {
		s.AddToken(grant)
	}
	signature, _ = assertion.Signature(x.Alg, signature)
	if signature == nil { // no signature yet
		signature = []byte{}
	}
	a, _, err := x.authenticate(x.Fields, x.ClientSecret, now, random, signature)
	if err != nil {
		return s
	}
	for _, f := range a.fields[len(x.Fields):] {
		if f.Name == "client_assertion" || f.Name == "assertion" {
			s.Add(f.Value)
		}
	}
	scheme, credentials, _ := strings.Cut(a.authorization, " ")
	if scheme == "OAuth" { // apart from its signature it contains no secret
		_, credentials, _ = strings.Cut(credentials, `oauth_signature="`)
		credentials, _, _ = strings.Cut(credentials, `"`)
	}
	s.Add(credentials)
	return s
}

// secretParameters are parameters of other grants that are credentials (RFC 6749, 7521, 7636, 8628
// and 8693, OpenID CIBA).
var secretParameters = []string{
	"password", "refresh_token", "code", "code_verifier", "assertion", "subject_token",
	"actor_token", "device_code", "auth_req_id", "id_token_hint", "token",
}
