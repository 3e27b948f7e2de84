package credentials

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// ours is what the names of this project's variables begin with: FETCHTOKEN_CLIENT_ID is the configuration's clientId, and so on for
// every field that a text can set.
const ours = "FETCHTOKEN_"

// hereVariables are the fields of HERE's credentials under the names that they have in environments.
var hereVariables = []struct{ name, field string }{
	{"HERE_ACCESS_KEY_ID", "clientId"},
	{"HERE_ACCESS_KEY_SECRET", "clientSecret"},
	{"HERE_TOKEN_ENDPOINT_URL", "tokenEndpoint"},
	{"HERE_TOKEN_SCOPE", "scope"},
}

// A variable is one of an environment.
type variable struct{ name, value string }

// FromEnvironment makes a configuration of an environment in the form of os.Environ. FETCHTOKEN_CLIENT_ID is clientId, and so on; an
// unknown name that begins with FETCHTOKEN_ is an error. HERE_ACCESS_KEY_ID, HERE_ACCESS_KEY_SECRET, HERE_TOKEN_ENDPOINT_URL and
// HERE_TOKEN_SCOPE count where FETCHTOKEN_CLIENT_ID is not set and FETCHTOKEN_PROVIDER names no other system. The error is like that of
// Load.
func FromEnvironment(environment []string) (core.Config, error) {
	variables := make([]variable, len(environment))
	for i, text := range environment {
		variables[i].name, variables[i].value, _ = strings.Cut(text, "=")
	}
	return fromVariables(variables)
}

func fromVariables(variables []variable) (core.Config, error) {
	values := make(map[string]string, len(variables))
	for _, v := range variables {
		values[v.name] = v.value
	}
	config, found := core.Config{}, false
	set := func(name, field string) error {
		value, ok := values[name]
		if !ok {
			return nil
		}
		found = true
		if value == "" {
			return core.CredentialsError("the variable " + name + " is empty: give it a value, or unset it")
		}
		if err := config.Set(field, core.Value{Kind: core.KindText, Text: value}); err != nil {
			return core.CredentialsError("the variable " + name + strings.TrimPrefix(err.Error(), field))
		}
		return nil
	}

	names := make([]string, 0, 16)
	for _, field := range core.TextNames() {
		name := variableName(field)
		names = append(names, name)
		if err := set(name, field); err != nil {
			return core.Config{}, err
		}
	}
	for _, v := range variables {
		if strings.HasPrefix(v.name, ours) && !slices.Contains(names, v.name) {
			return core.Config{}, core.CredentialsError(core.UnknownName("variable", v.name, names).Error())
		}
	}

	_, id := values[hereVariables[0].name]
	_, secret := values[hereVariables[1].name]
	if (id || secret) && config.ClientID == "" && (config.Provider == "" || config.Provider == "here") {
		for _, v := range hereVariables {
			if _, isSet := values[variableName(v.field)]; isSet {
				continue
			}
			if err := set(v.name, v.field); err != nil {
				return core.Config{}, err
			}
		}
		config.Provider = "here"
		r := reader{where: "the environment", from: fromHERE, get: func(name string) (string, bool) { return values[name], true }}
		r.required(hereVariables[0].name)
		if config.ClientSecret == "" {
			r.required(hereVariables[1].name)
		}
		return config, r.err
	}
	if !found {
		return core.Config{}, core.CredentialsError("the environment has no credentials: set FETCHTOKEN_PROVIDER, FETCHTOKEN_CLIENT_ID and FETCHTOKEN_CLIENT_SECRET, or HERE_ACCESS_KEY_ID and HERE_ACCESS_KEY_SECRET")
	}
	if config.ClientID == "" {
		return core.Config{}, core.CredentialsError("the environment has " + ours + " variables, but no FETCHTOKEN_CLIENT_ID: set it")
	}
	return config, nil
}

// variableName returns the name of the variable for a field: FETCHTOKEN_CLIENT_ID for clientId.
func variableName(field string) string {
	name := []byte(ours)
	for i := 0; i < len(field); i++ {
		c := field[i]
		if 'A' <= c && c <= 'Z' {
			name = append(name, '_', c)
		} else {
			name = append(name, c-'a'+'A')
		}
	}
	return string(name)
}

// isEnvironment says whether the text is a .env file with a variable of ours or of HERE's in it.
func isEnvironment(text string) bool {
	for _, v := range environmentFile(text) {
		if strings.HasPrefix(v.name, ours) || strings.HasPrefix(v.name, "HERE_ACCESS_KEY_") {
			return true
		}
	}
	return false
}

// environmentFile reads the "NAME=value" lines of a .env file. As Node, and the dotenv packages, it takes "export" before a name,
// comments, and values in quotes, which may have several lines; in double quotes \n is a line break. As a shell, it takes # for a comment
// only after a blank, for a secret may hold one.
func environmentFile(text string) (variables []variable) {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		name, ok := assigned(line)
		if !ok {
			text = rest
			continue
		}
		value := strings.TrimLeft(text[strings.IndexByte(text, '=')+1:], " \t")
		if quoted, after, ok := unquote(value); ok {
			variables = append(variables, variable{name, quoted})
			_, text, _ = strings.Cut(after, "\n")
			continue
		}
		value, text, _ = strings.Cut(value, "\n")
		for i := 1; i < len(value); i++ {
			if value[i] == '#' && (value[i-1] == ' ' || value[i-1] == '\t') {
				value = value[:i]
			}
		}
		if strings.HasPrefix(value, "#") {
			value = ""
		}
		variables = append(variables, variable{name, strings.TrimSpace(value)})
	}
	return variables
}

// assigned returns the name that a line of a .env file gives a value.
func assigned(line string) (name string, ok bool) {
	name, _, ok = strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if after, exported := strings.CutPrefix(name, "export"); exported && strings.TrimLeft(after, " \t") != after {
		name = strings.TrimLeft(after, " \t")
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '_' || i > 0 && '0' <= c && c <= '9') {
			return "", false
		}
	}
	return name, ok && name != ""
}

// unquote takes a value in quotes off the text.
func unquote(text string) (value, rest string, ok bool) {
	if text == "" || strings.IndexByte("\"'`", text[0]) < 0 {
		return "", "", false
	}
	quote, out := text[0], make([]byte, 0, 64)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return string(out), text[i+1:], true
		case c == '\\' && quote == '"' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			case '"', '\\':
				out = append(out, text[i])
			default:
				out = append(out, '\\', text[i])
			}
		default:
			out = append(out, c)
		}
	}
	return "", "", false
}
