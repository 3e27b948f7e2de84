package answer

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// MaxMetadata is the greatest size of what a server says about itself, in bytes.
const MaxMetadata = 128 << 10

// How long metadata are kept, in seconds: as long as Cache-Control allows, but at most a day.
const (
	metadataLifetime    = 3600 // without a word about it
	maxMetadataLifetime = 86400
)

// metadataMembers are the members that are used (RFC 8414 section 2, RFC 8705 section 5).
var metadataMembers = []string{
	"token_endpoint",
	"token_endpoint_auth_methods_supported",
	"token_endpoint_auth_signing_alg_values_supported",
	"mtls_endpoint_aliases",
	"authorization_endpoint",
	"authorization_response_iss_parameter_supported", // RFC 9207 section 3
	"device_authorization_endpoint",                  // RFC 8628 section 4
	"revocation_endpoint",
	"revocation_endpoint_auth_methods_supported",
}

const issuerHint = "check issuer: it must be exactly the one that the server has in its " +
	"metadata, at /.well-known/oauth-authorization-server or /.well-known/openid-configuration; " +
	"or set tokenEndpoint in place of issuer"

// ParseMetadata reads the outcome of [core.Exchange.MetadataRequest]. It returns the members that
// are used as JSON, and for how many seconds they may be kept. It reports whether an error may be
// another place's matter.
func ParseMetadata(x *core.Exchange, o Outcome, sentAt int64) (
	metadata string, lifetime int64, elsewhere bool, err *core.TokenError,
) {
	r := &reading{
		exchange: x, outcome: o, sentAt: sentAt, random: make([]byte, core.RandomSize),
	}
	if o.Failure != "" {
		e := r.failed()
		e.Rename("issuer")
		switch o.Failure {
		case FailureRedirect:
			e.Message = "the metadata of " + x.URL.Origin() + " are elsewhere: a redirect" +
				r.redirectTarget() + " is not followed"
			e.Hint = issuerHint
		case FailureTooLarge:
			e.Message = "the metadata of " + x.URL.Origin() + " are too large"
		}
		return "", 0, o.Failure == FailureRedirect, e
	}
	object, problem := r.readMetadata()
	if problem == "" {
		return string(object.Append(nil)), r.metadataLifetime(), false, nil
	}
	code := core.CodeInvalidResponse
	if o.Status != 200 {
		code = core.CodeHTTPError
	}
	e := r.unusable(code, "the metadata of "+x.URL.Origin()+" "+problem, refusal{})
	e.Hint, e.ClockOffset, e.TimeEndpoint = issuerHint, 0, ""
	return "", 0, true, e
}

// readMetadata reads the members that are used, or says what is wrong.
func (r *reading) readMetadata() (used jsonobject.Object, problem string) {
	if r.outcome.Status != 200 {
		return nil, "are not there"
	}
	all, err := jsonobject.Parse(r.outcome.Body)
	if err != nil {
		return nil, "can't be used: the response " + err.Error()
	}
	switch issuer := all.Text("issuer"); {
	case issuer == "":
		return nil, "name no issuer"
	case issuer != r.exchange.Issuer: // RFC 8414 section 3.3
		return nil, r.otherIssuer(issuer)
	}
	for _, m := range all {
		if slices.Contains(metadataMembers, m.Name) {
			used = append(used, m)
		}
	}
	return used, ""
}

// otherIssuer says how the metadata's issuer differs from the given one.
func (r *reading) otherIssuer(theirs string) string {
	ours := r.exchange.Issuer
	problem := "are those of another issuer: " + r.redact(theirs) + ", not " + r.redact(ours)
	if strings.TrimSuffix(theirs, "/") == strings.TrimSuffix(ours, "/") {
		problem += ", which differs only in the last slash"
	}
	return problem
}

// metadataLifetime returns for how many seconds the response may be kept (RFC 9111 section 5.2.2).
func (r *reading) metadataLifetime() int64 {
	lifetime := int64(metadataLifetime)
	for part := range strings.SplitSeq(strings.ToLower(r.outcome.header("cache-control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if seconds, ok := core.WholeNumber(strings.Trim(value, `"`)); ok {
				age, _ := core.WholeNumber(r.outcome.header("age"))
				lifetime = max(min(seconds, maxMetadataLifetime)-age, 0)
			}
		}
	}
	return lifetime
}
