package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// loadGoogle reads the JSON key of a service account ("Using OAuth 2.0 for Server to Server
// Applications", Google Identity). It contains no scope.
func loadGoogle(file jsonobject.Object) (*core.Config, error) {
	r := jsonReader(file, "the service account's JSON key", fromGoogle)
	return &core.Config{
		Provider:      "google",
		TokenEndpoint: r.optional("token_uri"),
		ClientID:      r.required("client_email"),
		PrivateKey:    r.required("private_key"),
		KeyID:         r.optional("private_key_id"),
	}, r.err
}

// loadExternal reads the configuration of an external account (AIP-4117), which exchanges another
// issuer's token for one of Google's. It contains no scope.
func loadExternal(file jsonobject.Object) (*core.Config, error) {
	r := jsonReader(file, "the external account's JSON", fromExternal)
	source, _ := jsonobject.Parse(file.Get("credential_source"))
	format, _ := jsonobject.Parse(source.Get("format"))
	headers, _ := jsonobject.Parse(source.Get("headers"))
	token := core.Source{
		File: source.Text("file"), URL: source.Text("url"),
		Member: format.Text("subject_token_field_name"),
	}
	for _, m := range headers {
		token.Headers = append(token.Headers, core.Header{Name: m.Name, Value: headers.Text(m.Name)})
	}
	config := &core.Config{
		TokenEndpoint:      r.required("token_url"),
		ClientID:           r.optional("client_id"),
		ClientSecret:       r.optional("client_secret"),
		Audience:           []string{r.required("audience")},
		SubjectToken:       token,
		SubjectTokenType:   r.required("subject_token_type"),
		RequestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
	}
	switch {
	case file.Get("service_account_impersonation_url") != nil:
		r.fail(r.where + " has a service_account_impersonation_url, but no service account is " +
			"impersonated here")
	case token.File == "" && token.URL == "":
		r.fail(r.where + " has a credential_source that is neither a file nor a url")
	case !isTokenService(config.TokenEndpoint): // it could send any file of this machine anywhere
		r.fail(r.where + " has a token_url that is not Google's token service")
	}
	return config, r.err
}

// isTokenService says whether a URL is of Google's Security Token Service. Its hosts are those that
// golang.org/x/oauth2 has accepted, and the regional ones. Other hosts of googleapis.com hold what
// anybody has put there.
func isTokenService(text string) bool {
	url, err := oauth1.ParseURL(text)
	if err != nil || url.Scheme != "https" || url.Port != "" {
		return false
	}
	name, isGoogles := strings.CutSuffix(url.Host, ".googleapis.com")
	first, rest, _ := strings.Cut(name, ".")
	switch rest = strings.TrimSuffix(rest, ".rep"); {
	case !isGoogles:
		return false
	case rest == "":
		return first == "sts" || strings.HasSuffix(first, "-sts")
	case rest == "p":
		return strings.HasPrefix(first, "sts-")
	}
	return rest == "sts" || first == "sts" && !strings.Contains(rest, ".")
}
