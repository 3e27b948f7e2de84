package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// loadTreehub reads treehub.json ("OTA Connect API Usage Guide"). Like aktualizr, the reference
// client, it ignores the blocks that it doesn't need (docs/credentials.adoc). Like aktualizr
// (src/sota_tools/oauth2.cc), it treats a server address without /token at its end as an old one:
// it appends the path and asks for no scope.
func loadTreehub(file jsonobject.Object) (*core.Config, error) {
	block := file.Get("oauth2")
	if block == nil {
		return nil, core.CredentialsError(withoutOAuth2(file))
	}
	oauth2, err := jsonobject.Parse(block)
	if err != nil {
		return nil, core.CredentialsError(
			`the "oauth2" of treehub.json ` + err.Error() + ": " + fromOTA,
		)
	}
	r := jsonReader(oauth2, `the "oauth2" of treehub.json`, fromOTA)
	config := &core.Config{
		Provider:      "ota-connect",
		TokenEndpoint: r.required("server"),
		ClientID:      r.required("client_id"),
		ClientSecret:  r.required("client_secret"),
	}
	scope := r.optional("scope")
	if !strings.HasSuffix(config.TokenEndpoint, "/token") {
		config.TokenEndpoint = strings.TrimSuffix(config.TokenEndpoint, "/") + "/token"
	} else if scope != "" {
		config.Scope = []string{scope}
	}
	return config, r.err
}

// withoutOAuth2 says what the file is for instead: another way of authentication that aktualizr
// knows (docs/credentials.adoc).
func withoutOAuth2(file jsonobject.Object) string {
	const instead = `; for a token ` + fromOTA + ` whose treehub.json has an "oauth2" block`
	switch {
	case string(file.Get("certificate_auth")) == "true":
		return "treehub.json is for TLS client authentication" + instead
	case file.Get("basic_auth") != nil:
		return `treehub.json has a "basic_auth" block, a user and a password for TreeHub itself, ` +
			`and no "oauth2" block` + instead
	case string(file.Get("no_auth")) == "true":
		return `treehub.json says "no_auth": its TreeHub wants no token` + instead
	}
	return `treehub.json has no "oauth2" block, so it holds no client credentials` + instead
}
