package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// loadHERE reads HERE's credentials.properties, or a section of its credentials.ini (ClientAuthorizationProviderChain.java of its SDK).
func loadHERE(text string, options Options) (core.Config, error) {
	values, where := properties(text), "credentials.properties"
	if sections := iniSections(text); len(sections) > 0 {
		profile := options.Profile
		if profile == "" {
			profile = "default"
		}
		names := make([]string, 0, len(sections))
		values = nil
		for _, s := range sections {
			names = append(names, "["+s.name+"]")
			if s.name == profile {
				values, where = s.values, "the section ["+profile+"] of credentials.ini"
			}
		}
		if values == nil {
			return core.Config{}, core.CredentialsError("credentials.ini has no section [" + profile + `]: name one of its sections as "profile", ` + strings.Join(names, " "))
		}
	} else if options.Profile != "" {
		return core.Config{}, core.CredentialsError(`credentials.properties has no profiles: only credentials.ini has; leave "profile" out`)
	}
	r := reader{where: where, from: fromHERE, get: func(name string) (string, bool) { return strings.TrimSpace(values[name]), true }}
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

// An iniSection is a part of an ini file.
type iniSection struct {
	name   string
	values map[string]string
}

// iniSections reads the "name = value" lines of an ini file. Text without sections has none. A section that stands twice is one.
func iniSections(text string) (sections []iniSection) {
	var current map[string]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.IndexByte("#;!", line[0]) >= 0 {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			name := strings.TrimSpace(line[1 : len(line)-1])
			current = nil
			for _, s := range sections {
				if s.name == name {
					current = s.values
				}
			}
			if current == nil {
				current = map[string]string{}
				sections = append(sections, iniSection{name, current})
			}
			continue
		}
		if i := strings.IndexAny(line, "=:"); i >= 0 && current != nil {
			current[strings.TrimSpace(line[:i])] = strings.TrimSpace(line[i+1:])
		}
	}
	return sections
}
