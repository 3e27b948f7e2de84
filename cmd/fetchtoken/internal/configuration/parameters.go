package configuration

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// secretParameters are the parameters that are credentials (RFC 6749, 7521, 7636, 8628 and 8693,
// OpenID CIBA), or contain credentials of the client.
var secretParameters = []string{
	"password", "refresh_token", "code", "code_verifier", "assertion", "subject_token",
	"actor_token", "device_code", "auth_req_id", "id_token_hint", "client_secret",
	"client_assertion",
}

// secretHeader matches the names of headers whose values are probably secrets.
var secretHeader = regexp.MustCompile(`(?i)key|token|secret|auth|passw|credential|session`)

// pairOptions are the options that take NAME=VALUE, each with a function that says whether a value
// is a secret.
var pairOptions = []struct {
	option   string
	isSecret func(name, value string) bool
}{
	{"parameter", func(name, _ string) bool { return slices.Contains(secretParameters, name) }},
	{"header", func(name, value string) bool {
		return secretHeader.MatchString(name) && value != "{uuid}"
	}},
}

// A pair is a name with its value.
type pair struct{ name, value string }

// cut splits NAME=VALUE. The error repeats no part of it, because it may be a secret.
func cut(text, option, form string) (pair, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		hint := ""
		if option == "header" {
			hint = "it is for the token request; -H 'NAME: VALUE' of fetchtoken call is for the API's"
		}
		return pair{}, &usage.Error{Message: "--" + option + " wants " + form, Hint: hint}
	}
	return pair{name, value}, nil
}

// pathsOfPairs returns the paths of --parameter-file and --header-file.
func pathsOfPairs(values usage.Values) (inputs []Input, err error) {
	for _, p := range pairOptions {
		option := p.option + "-file"
		for _, text := range values[option] {
			given, err := cut(text, option, "NAME=PATH")
			if err != nil {
				return nil, err
			}
			input := Input{"--" + option + " " + given.name, given.value}
			// the last path of a name counts, as in js/cli/parameters.js
			inputs = slices.DeleteFunc(inputs, func(i Input) bool { return i.Option == input.Option })
			inputs = append(inputs, input)
		}
	}
	return inputs, nil
}

// pairs returns the names and values of --parameter and --parameter-file, or of --header and
// --header-file.
func (s *secrets) pairs(option string, isSecret func(name, value string) bool) (
	pairs []pair, err error,
) {
	for _, text := range s.Values[option] {
		given, err := cut(text, option, "NAME=VALUE")
		if err != nil {
			return nil, err
		}
		if isSecret(given.name, given.value) {
			return nil, &usage.Error{
				Message: given.name + " is a secret, and none is taken from the command line",
				Hint:    "give it by --" + option + "-file " + given.name + "=PATH",
			}
		}
		pairs = append(pairs, given)
	}
	for _, text := range s.Values[option+"-file"] {
		given, err := cut(text, option+"-file", "NAME=PATH")
		if err != nil {
			return nil, err
		}
		what := "--" + option + "-file " + given.name
		if given.value, err = s.secretIn(given.value, what); err == nil {
			given.value, err = notEmpty(given.value, what)
		}
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, given)
	}
	return pairs, nil
}

// addParameters adds the parameters of the command line.
func (s *secrets) addParameters() error {
	pairs, err := s.pairs(pairOptions[0].option, pairOptions[0].isSecret)
	if err != nil || len(pairs) == 0 {
		return err
	}
	values := map[string][]string{}
	var object jsonobject.Object
	for _, p := range pairs {
		values[p.name] = append(values[p.name], p.value)
		value := jsonobject.AppendText(nil, p.value)
		if all := values[p.name]; len(all) > 1 {
			value = list(all)
		}
		object = object.Set(p.name, value)
	}
	s.setObject("parameters", object)
	return nil
}

// addHeaders adds the headers of the command line.
func (s *secrets) addHeaders() error {
	pairs, err := s.pairs(pairOptions[1].option, pairOptions[1].isSecret)
	if err != nil || len(pairs) == 0 {
		return err
	}
	names := map[string]bool{}
	var object jsonobject.Object
	for _, p := range pairs {
		names[strings.ToLower(p.name)] = true
		object = object.Set(p.name, jsonobject.AppendText(nil, p.value))
	}
	if len(names) < len(pairs) {
		return &usage.Error{
			Message: "--header and --header-file give a header twice", Hint: "give each name once",
		}
	}
	s.setObject("headers", object)
	return nil
}

func (f *fields) setObject(name string, object jsonobject.Object) {
	f.set(name, core.Value{Kind: core.KindJSON, Text: string(object.Append(nil))})
}

var wholeSeconds = regexp.MustCompile(`^[1-9]\d{0,8}$`)

// addAssertion adds the assertion's members of the command line.
func addAssertion(f *fields, values usage.Values) error {
	claims, err := members(values["assertion-claim"], "assertion-claim")
	if err != nil {
		return err
	}
	header, err := members(values["assertion-header"], "assertion-header")
	if err != nil {
		return err
	}
	lifetime := values.Get("assertion-lifetime")
	if values.Has("assertion-lifetime") && !wholeSeconds.MatchString(lifetime) {
		return &usage.Error{Message: "--assertion-lifetime wants a whole number of seconds"}
	}
	var object jsonobject.Object
	if values.Has("assertion-type") {
		object = object.Set("type", jsonobject.AppendText(nil, values.Get("assertion-type")))
	}
	if lifetime != "" {
		object = object.Set("lifetime", []byte(lifetime))
	}
	if claims != nil {
		object = object.Set("claims", claims.Append(nil))
	}
	if header != nil {
		object = object.Set("header", header.Append(nil))
	}
	if object != nil {
		f.setObject("assertion", object)
	}
	return nil
}

// members returns the members that NAME=TEXT and NAME:=JSON set.
func members(texts []string, option string) (object jsonobject.Object, err error) {
	for _, text := range texts {
		given, err := cut(text, option, "NAME=TEXT or NAME:=JSON")
		if err != nil {
			return nil, err
		}
		name, isJSON := strings.CutSuffix(given.name, ":")
		value := jsonobject.AppendText(nil, given.value)
		if isJSON {
			if value = []byte(given.value); !json.Valid(value) {
				return nil, &usage.Error{
					Message: "--" + option + " has a value behind := that is no JSON",
					Hint:    "a text is written --" + option + " NAME=TEXT",
				}
			}
			value = jsonobject.Compact(value)
		}
		object = object.Set(name, value)
	}
	return object, nil
}
