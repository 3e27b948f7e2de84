package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// loadHERE reads HERE's credentials.properties, or a section of its credentials.ini
// (ClientAuthorizationProviderChain.java of its SDK).
func loadHERE(text string, options Options) (core.Config, error) {
	var values map[string]string
	where, profile := "credentials.properties", options.Profile
	if profile == "" {
		profile = "default"
	}
	if names, section := iniSection(text, profile); len(names) > 0 {
		if section == nil {
			return core.Config{}, core.CredentialsError(
				"credentials.ini has no section [" + core.Name(profile) +
					`]: name one of its sections as "profile": ` + core.Names(names),
			)
		}
		values, where = section, "the section ["+core.Name(profile)+"] of credentials.ini"
	} else if options.Profile != "" {
		return core.Config{}, core.CredentialsError(
			`credentials.properties has no profiles: only credentials.ini has; leave "profile" out`)
	} else {
		values = properties(text)
	}
	r := reader{
		where: where,
		from:  fromHERE,
		get:   func(name string) (string, bool) { return strings.TrimSpace(values[name]), true },
	}
	config := core.Config{
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
			values[strings.TrimSpace(line[:i])] = strings.TrimSpace(line[i+1:])
		}
	}
	return names, values
}
