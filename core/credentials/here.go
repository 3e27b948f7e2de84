package credentials

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// loadHERE reads HERE's credentials.properties, or a section of its credentials.ini
// (ClientAuthorizationProviderChain.java of its SDK).
func loadHERE(text string, options Options) (*core.Config, error) {
	var values map[string]string
	where, profile := "credentials.properties", options.Profile
	if profile == "" {
		profile = "default"
	}
	if names, section := iniSection(text, profile); len(names) > 0 {
		if section == nil {
			return nil, core.CredentialsError(
				"credentials.ini has no section [" + core.Name(profile) +
					`]: name one of its sections as "profile": ` + core.Names(names),
			)
		}
		values, where = section, "the section ["+core.Name(profile)+"] of credentials.ini"
	} else if options.Profile != "" {
		return nil, core.CredentialsError(
			`credentials.properties has no profiles: only credentials.ini has; leave "profile" out`)
	} else {
		values = properties(text)
	}
	if name := lookAlike(values); name != "" {
		return nil, core.CredentialsError(
			where + " has the name " + core.Name(name) +
				" with a character that only looks like a letter of ASCII: write the name anew",
		)
	}
	if name, known := misspelt(values); name != "" {
		return nil, core.CredentialsError(
			where + " has the name " + core.Name(name) + ", which nobody reads: did you mean " + known + "?",
		)
	}
	r := reader{
		where: where,
		from:  fromHERE,
		get:   func(name string) (string, bool) { return strings.TrimSpace(values[name]), true },
	}
	config := &core.Config{
		Provider:      "here",
		TokenEndpoint: r.optional("here.token.endpoint.url"),
		ClientID:      r.required("here.access.key.id"),
		ClientSecret:  r.required("here.access.key.secret"),
	}
	if scope := r.optional("here.token.scope"); scope != "" {
		config.Scope = []string{scope}
	}
	return config, r.err
}

// iniValue returns a value without quotes around it and without a comment behind a blank, as
// INIConfiguration of Commons Configuration reads it, which HERE's Java SDK uses.
func iniValue(text string) string {
	if value, _, ok := unquote(text); ok {
		return value
	}
	for i := 1; i < len(text); i++ {
		if (text[i] == ';' || text[i] == '#') && (text[i-1] == ' ' || text[i-1] == '\t') {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}

// lookAlike returns the first name of HERE's with a character that is not ASCII, such as the
// Cyrillic letter that looks like an i.
func lookAlike(values map[string]string) (name string) {
	for n := range values {
		if strings.HasPrefix(n, "here.") && !core.IsPrintable(n) && (name == "" || n < name) {
			name = n
		}
	}
	return name
}

// unread is the number of names in a file of HERE's that this package doesn't read.
const unread = 2

// hereNames are the names of a file of HERE's.
var hereNames = []string{
	"here.user.id", "here.client.id", "here.access.key.id", "here.access.key.secret",
	"here.token.endpoint.url", "here.token.scope",
}

// misspelt returns the first name of a file that is near a name that is read and that the file
// lacks: its beginning, or three changes away at most.
func misspelt(values map[string]string) (name, known string) {
	for n := range values {
		if !strings.HasPrefix(n, "here.") || len(n) > 40 || slices.Contains(hereNames, n) {
			continue
		}
		for _, k := range hereNames[unread:] {
			_, has := values[k]
			near := strings.HasPrefix(k, n+".") || core.Distance(strings.ToLower(n), k) <= 3
			if near && !has && (name == "" || n < name) {
				name, known = n, k
			}
		}
	}
	return name, known
}

// iniSection returns the names of an ini file's sections, in brackets, and the "name = value" lines
// of one section, or nil if there is none with that name. Text without sections has none. A
// repeated section counts as one.
func iniSection(text, section string) (names []string, values map[string]string) {
	seen, inside := map[string]bool{}, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.IndexByte("#;!", line[0]) >= 0 {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			name := strings.TrimSpace(line[1 : len(line)-1])
			if inside = name == section; inside && values == nil {
				values = map[string]string{}
			}
			if !seen[name] {
				seen[name] = true
				names = append(names, "["+name+"]")
			}
			continue
		}
		if i := strings.IndexAny(line, "=:"); i >= 0 && inside {
			values[strings.TrimSpace(line[:i])] = iniValue(strings.TrimSpace(line[i+1:]))
		}
	}
	return names, values
}
