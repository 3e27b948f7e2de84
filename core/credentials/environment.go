package credentials

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// ours is the prefix of this project's variables: FETCHTOKEN_CLIENT_ID is the configuration's
// clientId, and so on for every field that a text can set.
const ours = "FETCHTOKEN_"

// inFile is what the names of those variables end with that name a file, which holds the text:
// FETCHTOKEN_CLIENT_ASSERTION_FILE.
const inFile = "_FILE"

// hereVariables are HERE's credentials, by their usual names in environments.
var hereVariables = []struct{ name, field string }{
	{"HERE_ACCESS_KEY_ID", "clientId"},
	{"HERE_ACCESS_KEY_SECRET", "clientSecret"},
	{"HERE_TOKEN_ENDPOINT_URL", "tokenEndpoint"},
	{"HERE_TOKEN_SCOPE", "scope"},
}

// A variable is a variable of an environment.
type variable struct{ name, value string }

// FromEnvironment makes a configuration of an environment in the form of os.Environ.
// FETCHTOKEN_CLIENT_ID is clientId, and so on; an unknown name that begins with FETCHTOKEN_ is an
// error. HERE_ACCESS_KEY_ID, HERE_ACCESS_KEY_SECRET, HERE_TOKEN_ENDPOINT_URL and HERE_TOKEN_SCOPE
// are used if FETCHTOKEN_CLIENT_ID is not set and FETCHTOKEN_PROVIDER names no other system. So are
// AZURE_CLIENT_ID and AZURE_TENANT_ID, with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or
// AZURE_FEDERATED_TOKEN_FILE, and AZURE_AUTHORITY_HOST. Beside AZURE_CLIENT_CERTIFICATE_PATH, which
// becomes PrivateKeyFile, AZURE_CLIENT_CERTIFICATE_PASSWORD is the passphrase, and
// AZURE_CLIENT_SEND_CERTIFICATE_CHAIN sets X5C. The error is like that of Load.
func FromEnvironment(environment []string) (*core.Config, error) {
	variables := make([]variable, len(environment))
	for i, text := range environment {
		variables[i].name, variables[i].value, _ = strings.Cut(text, "=")
	}
	return fromVariables(variables)
}

func fromVariables(variables []variable) (*core.Config, error) {
	e := environ{variables: variables, config: &core.Config{}}
	names := make([]string, 0, 16)
	for _, field := range variableFields() {
		name := variableName(field)
		names = append(names, name)
		e.set(field, name)
	}
	for _, field := range core.SourceNames() {
		name := variableName(field) + inFile
		names = append(names, name)
		e.setFile(field, name)
	}
	for _, v := range variables {
		if strings.HasPrefix(v.name, ours) && !slices.Contains(names, v.name) && e.err == nil {
			e.err = core.CredentialsError(core.UnknownName("variable", v.name, names).Error())
		}
	}
	provider := e.config.Provider
	if e.config.ClientID == "" && (provider == "" || provider == "here") &&
		(e.has("HERE_ACCESS_KEY_ID") || e.has("HERE_ACCESS_KEY_SECRET")) {
		e.config.Provider = "here"
		for _, v := range hereVariables {
			if !e.has(variableName(v.field)) {
				e.set(v.field, v.name)
			}
		}
		if e.config.ClientID == "" {
			e.fail("the environment has no HERE_ACCESS_KEY_ID: " + fromHERE)
		}
		if e.config.ClientSecret == "" {
			e.fail("the environment has no HERE_ACCESS_KEY_SECRET: " + fromHERE)
		}
	}
	e.addAzure()
	if !e.found {
		e.fail(
			"the environment has no credentials: set FETCHTOKEN_PROVIDER, FETCHTOKEN_CLIENT_ID and " +
				"FETCHTOKEN_CLIENT_SECRET, or HERE_ACCESS_KEY_ID and HERE_ACCESS_KEY_SECRET",
		)
	}
	if e.config.ClientID == "" {
		e.fail("the environment has FETCHTOKEN_ variables, but no FETCHTOKEN_CLIENT_ID: set it")
	}
	return e.config, e.err
}

// An environ makes a configuration from variables, and keeps the first error.
type environ struct {
	variables []variable
	config    *core.Config
	found     bool
	err       error
}

func (e *environ) has(name string) bool {
	return slices.ContainsFunc(e.variables, func(v variable) bool { return v.name == name })
}

// value returns the value of a variable, or "". If there are several, the last one is used.
func (e *environ) value(name string) (value string) {
	for _, v := range e.variables {
		if v.name == name {
			value = v.value
		}
	}
	return value
}

// set sets a field to the value of a variable, if there is one. If there are several, the last one
// is used.
func (e *environ) set(field, name string) {
	e.setTo(field, name, func(value string) core.Value {
		return core.Value{Kind: core.KindText, Text: value}
	})
}

// setFile sets a field to the file that a variable names.
func (e *environ) setFile(field, name string) {
	e.setTo(field, name, func(path string) core.Value {
		object := jsonobject.Object{{Name: "file", Value: jsonobject.AppendText(nil, path)}}
		return core.Value{Kind: core.KindJSON, Text: string(object.Append(nil))}
	})
}

func (e *environ) setTo(field, name string, valueOf func(text string) core.Value) {
	for i := len(e.variables) - 1; i >= 0; i-- {
		v := e.variables[i]
		if v.name != name {
			continue
		}
		e.found = true
		if v.value == "" {
			e.fail("the variable " + name + " is empty: give it a value, or unset it")
		} else if at := slices.Index(core.ResponseNames, field); at >= 0 {
			e.config.Response[at] = v.value
		} else if err := e.config.Set(field, valueOf(v.value)); err != nil {
			e.fail("the variable " + name + strings.TrimPrefix(err.Error(), field))
		}
		return
	}
}

func (e *environ) fail(what string) {
	if e.err == nil {
		e.err = core.CredentialsError(what)
	}
}

// variableFields returns the names of the fields that have a variable, and of the members of one.
func variableFields() []string {
	return append(core.TextNames(), core.ResponseNames...)
}

// variableName returns the name of the variable for a field: FETCHTOKEN_CLIENT_ID for clientId, and
// FETCHTOKEN_RESPONSE_TOKEN for response.token.
func variableName(field string) string {
	name := []byte(ours)
	for i := 0; i < len(field); i++ {
		c := field[i]
		switch {
		case c == '.':
			name = append(name, '_')
		case 'A' <= c && c <= 'Z':
			name = append(name, '_', c)
		default:
			name = append(name, c-'a'+'A')
		}
	}
	return string(name)
}

// isEnvironment says whether the text is a .env file with a variable of this project or of HERE.
func isEnvironment(text string) bool {
	for _, v := range environmentFile(text) {
		if strings.HasPrefix(v.name, ours) || strings.HasPrefix(v.name, "HERE_ACCESS_KEY_") ||
			v.name == "AZURE_CLIENT_ID" {
			return true
		}
	}
	return false
}

// environmentFile reads the "NAME=value" lines of a .env file. Like Node and the dotenv packages,
// it accepts "export" before a name, comments, and quoted values of several lines; in double quotes
// \n is a line break. Like a shell, it reads # as a comment only after a blank, because a secret
// may contain one.
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

// assigned returns the name to which a line of a .env file gives a value.
func assigned(line string) (name string, ok bool) {
	name, _, ok = strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if after, exported := strings.CutPrefix(name, "export"); exported &&
		strings.TrimLeft(after, " \t") != after {
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

// unquote reads a quoted value at the beginning of the text.
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
