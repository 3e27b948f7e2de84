package configuration

import (
	"os"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core/credentials"
)

// signInEndpoints are the endpoints that login and logout use.
var signInEndpoints = []string{
	"authorizationEndpoint", "deviceAuthorizationEndpoint", "revocationEndpoint",
}

// destination are the fields that decide where the secret goes.
var destination = append(
	[]string{"provider", "environment", "tenant", "tokenEndpoint", "issuer"}, signInEndpoints...)

// readVariables returns the fields that variables set, without the secrets, which are read
// elsewhere. An unknown name or an empty value is an error.
func readVariables() (*fields, error) {
	given := []string{"FETCHTOKEN_CLIENT_ID=any"} // FromEnvironment requires an id
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "FETCHTOKEN_") &&
			!slices.Contains(usage.SecretVariables, name) {
			given = append(given, variable)
		}
	}
	set := &fields{}
	if len(given) == 1 {
		return set, nil
	}
	config, err := credentials.FromEnvironment(given)
	if err != nil {
		return nil, err
	}
	all := fieldsOf(config)
	for _, option := range usage.Options {
		if variable := option.Variable(); variable != "" {
			if _, ok := os.LookupEnv(variable); ok {
				set.set(option.Field, all.values[option.Field])
			}
		}
	}
	return set, nil
}

// addVariables adds the variables' fields to a configuration. An option overrides a variable, and a
// variable overrides the file. But a variable that would send a secret to another endpoint, or for
// another client, is an error.
func (r *Reader) addVariables(f, variables *fields) error {
	isSettled := f.has("provider") || f.endpoint() != ""
	for _, field := range variables.names {
		value, option := variables.values[field], usage.OfField(field)
		if r.Values.Has(option.Name) || f.has(field) && f.values[field] == value {
			continue
		}
		if r.named != "" && r.leadsAway(f, field, isSettled) {
			advice := "give --" + option.Name + ", or "
			if field == "environment" { // the option is refused, too
				advice = ""
			}
			return &usage.Error{
				Message: "the environment variable " + option.Variable() + " is set beside " + r.named +
					", and a secret goes only where its own file, or its own variables, say",
				Hint: advice + "unset " + option.Variable(),
			}
		}
		f.set(field, value)
	}
	return nil
}

// leadsAway reports whether a variable would change the endpoint or the client of a secret that is
// not the variables' own. isSettled says whether the configuration has an endpoint, or a provider
// that has one.
func (r *Reader) leadsAway(f *fields, field string, isSettled bool) bool {
	switch {
	case field == "clientId":
		return f.has(field)
	case field == "environment":
		return r.namesEnvironment(f)
	case r.Values.Has("endpoint"):
		return false // the command line names the endpoint
	}
	return slices.Contains(destination, field) && (isSettled || r.Values.Has("provider"))
}

// namesEnvironment reports whether a file names the environment or the endpoint of its client.
// Another environment would be wrong beside the first, and without effect beside the second.
func (r *Reader) namesEnvironment(f *fields) bool {
	isElsewhere := r.Values.Has("endpoint") || r.Values.Has("issuer")
	return f.has("environment") || !isElsewhere && f.endpoint() != ""
}

// checkEnvironment refuses an --environment that a file contradicts.
func (r *Reader) checkEnvironment(f *fields) error {
	if r.named == "" || !r.Values.Has("environment") ||
		r.Values.Get("environment") == f.text("environment") || !r.namesEnvironment(f) {
		return nil
	}
	what := "the token endpoint"
	if f.has("environment") {
		what = "another environment"
	}
	return &usage.Error{
		Message: "--environment is given, but " + r.named + " names " + what,
		Hint:    "leave --environment out, or give the file of that environment",
	}
}
