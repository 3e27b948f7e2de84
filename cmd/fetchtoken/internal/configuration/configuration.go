// Package configuration makes the configuration from a FILE or a found file, from variables and
// from options.
package configuration

import (
	"context"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/credentials/archive"
)

// A Reader reads the configuration of a command line.
type Reader struct {
	Files  []string // the path of FILE, or none
	Values usage.Values
	Inputs []Input // further paths of the command line
	Asks   bool    // whether a missing secret is read from standard input
	Again  bool    // whether this command line was read before
	In     io.Reader
	Errout io.Writer

	named string // the argument or the file that names the client, or ""
	found string // the file of the working directory, if one is used
}

// say writes to standard error with --verbose.
func (r *Reader) say(text string) {
	if r.Values.Has("verbose") {
		report.Complain(r.Errout, text, "")
	}
}

// Read returns the configuration with its secrets.
func (r *Reader) Read(ctx context.Context) (core.Config, error) {
	inputs, err := r.inputs()
	if err == nil {
		err = checkStandardInput(inputs, r.Values.Has("watch"))
	}
	if err != nil {
		return core.Config{}, err
	}
	variables, err := readVariables()
	if err != nil {
		return core.Config{}, err
	}
	f, err := r.begin(variables)
	if err != nil {
		return core.Config{}, err
	}
	theirs := f.endpoint()
	if err := r.checkEnvironment(f); err != nil {
		return core.Config{}, err
	}
	if err := r.addVariables(f, variables); err != nil {
		return core.Config{}, err
	}
	if r.found != "" && !r.Again {
		report.Complain(r.Errout, r.found+" of this folder says who the client is, and where its token "+
			"comes from: "+whereto(f), "")
	}
	// the rule of js/cli/secret_rule.js: to the endpoint of a found file only that file's secret goes
	isTrusted := r.found == "" || r.Values.Has("endpoint") || r.Values.Has("issuer") ||
		f.endpoint() != theirs || theirs == ""
	r.addOptions(f)
	s := &secrets{Reader: r, fields: f, isTrusted: isTrusted}
	if err := s.addSources(); err != nil {
		return core.Config{}, err
	}
	if !f.has("clientId") && f.text("clientAuth") != core.None && !f.has("subjectToken") {
		return core.Config{}, &usage.Error{
			Message: "there is no client id",
			Hint:    "give it by --client-id ID, or by the environment variable FETCHTOKEN_CLIENT_ID",
		}
	}
	isInputTaken := !r.Asks
	for _, input := range inputs {
		isInputTaken = isInputTaken || input.Path == "-"
	}
	for _, add := range []func() error{
		func() error { return addAssertion(f, r.Values) },
		s.addParameters,
		s.addHeaders,
		s.addPrivateKey,
		s.addCertificate,
		func() error { return s.addClientSecret(ctx, isInputTaken) },
	} {
		if err := add(); err != nil {
			return core.Config{}, err
		}
	}
	return f.config()
}

// inputs returns the paths of the command line.
func (r *Reader) inputs() ([]Input, error) {
	pairs, err := pathsOfPairs(r.Values)
	all := slices.Clone(r.Inputs)
	for _, file := range r.Files {
		all = append(all, Input{"FILE", file})
	}
	all = append(all,
		Input{"--client-secret-file", r.Values.Get("client-secret-file")},
		Input{"--private-key-file", r.Values.Get("private-key-file")},
		Input{"--certificate-file", r.Values.Get("certificate-file")})
	for _, option := range usage.Options {
		if option.Source != "" {
			all = append(all, Input{"--" + option.Name, r.Values.Get(option.Name)})
		}
	}
	return append(all, pairs...), err
}

// addOptions sets the fields of the given options.
func (r *Reader) addOptions(f *fields) {
	if r.Values.Has("issuer") && !r.Values.Has("endpoint") {
		f.drop("tokenEndpoint") // it would count in place of the issuer
	}
	for _, option := range usage.Options {
		switch {
		case option.Field == "" || !r.Values.Has(option.Name):
		case option.Value == "":
			f.set(option.Field, core.Value{Kind: core.KindJSON, Text: "true"})
		default:
			f.setList(option.Field, r.Values[option.Name])
		}
	}
}

// begin returns the fields of FILE, or of a found file, or none if the command line and the
// variables are complete.
func (r *Reader) begin(variables *fields) (*fields, error) {
	profile, hasProfile := r.Values.Get("profile"), r.Values.Has("profile")
	if len(r.Files) > 0 {
		file := r.Files[0]
		content, err := r.read(file, "FILE")
		if err != nil {
			return nil, err
		}
		options := credentials.Options{Profile: profile}
		if file != "-" {
			options.Filename = filepath.Base(file)
		}
		config, err := archive.Load(content, options)
		if err == nil {
			err = readKeyFile(config)
		}
		if err != nil {
			return nil, err
		}
		r.say("FILE: taken")
		r.say("other files: not looked at, for FILE is given")
		r.sayVariables(variables)
		r.named = "FILE"
		return fieldsOf(config), nil
	}
	var given []string
	for _, name := range []string{"provider", "endpoint", "issuer"} {
		if r.Values.Has(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) == 0 && !r.isComplete(variables) {
		return r.find(variables)
	}
	r.named = strings.Join(given, ", ")
	if hasProfile {
		options := r.named
		if options == "" {
			options = "--client-id"
		}
		return nil, &usage.Error{
			Message: "--profile is for a credentials.ini, and none is read",
			Hint:    "leave it out, or give FILE, or leave " + options + " out",
		}
	}
	r.say("the command line: taken")
	r.say("files: not looked at, for the command line says where the token comes from")
	r.sayVariables(variables)
	return &fields{}, nil
}

// isComplete reports whether an option names the client while variables name its endpoint.
func (r *Reader) isComplete(variables *fields) bool {
	return r.Values.Has("client-id") && !variables.has("clientId") &&
		(variables.has("provider") || variables.endpoint() != "")
}

// find looks for credentials in their usual places.
func (r *Reader) find(variables *fields) (*fields, error) {
	config, place, err := find(r.Values.Get("profile"), r.Values.Has("profile"), func(text string) {
		r.say(usage.NameForCommand(text))
	})
	if err != nil {
		return nil, err
	}
	if place.source == ofEnvironment {
		return fieldsOf(config), nil
	}
	r.sayVariables(variables)
	r.named = place.source
	f := fieldsOf(config)
	if place.isWorkingIn {
		r.found = place.source
		for _, field := range signInEndpoints {
			f.drop(field) // a session doesn't tell these from others
		}
	}
	return f, nil
}

func (r *Reader) sayVariables(variables *fields) {
	if len(variables.names) > 0 {
		r.say("the environment: its variables of " + strings.Join(variables.names, ", ") + " count, too")
	}
}

// whereto describes the source of a token. Of an endpoint it shows only the origin, because the
// path may be a secret.
func whereto(f *fields) string {
	endpoint := f.endpoint()
	if endpoint == "" {
		names := strings.TrimSpace(f.text("provider") + " " + f.text("environment"))
		if names == "" {
			return "it does not say"
		}
		return names
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "no URL"
	}
	return strings.ToLower(u.Scheme + "://" + withoutPort(u))
}

// withoutPort returns the host of a URL, with its port unless it is the scheme's own.
func withoutPort(u *url.URL) string {
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return strings.TrimSuffix(u.Host, ":"+port)
	}
	return u.Host
}
