package configuration

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/credentials/archive"
	"github.com/fetchtoken/fetchtoken/internal/home"
)

// ofEnvironment is the source of credentials that are variables.
const ofEnvironment = "the environment"

// fileNames are the file names in the working directory, in the order in which they are tried.
var fileNames = []string{
	"credentials.zip", "credentials.json", "credentials.properties", "credentials.ini",
	"credentials.env",
}

// variables are the variables of which an environment with credentials has one.
var idVariables = []string{
	"FETCHTOKEN_CLIENT_ID", "HERE_ACCESS_KEY_ID", "HERE_ACCESS_KEY_SECRET", "AZURE_CLIENT_ID",
}

// homePaths are the files in the home folder: as in ClientAuthorizationProviderChain.java of HERE's
// SDK, and in BaseTest.kt of High Mobility's.
var homePaths = []string{
	".here/credentials.ini",
	".here/credentials.properties",
	".config/high-mobility/fleet-sdk/credentialsPrivateKey.json",
}

// A place is a place in which credentials are looked for.
type place struct {
	source      string
	isWorkingIn bool // whether it is in the working directory
	load        func() (config *core.Config, why string, err error)
}

// places returns the places in the order in which they are tried. load returns why a place has no
// credentials.
func places(profile string, hasProfile bool) []place {
	all := []place{{source: ofEnvironment, load: func() (*core.Config, string, error) {
		isSet := func(name string) bool { _, ok := os.LookupEnv(name); return ok }
		if !slices.ContainsFunc(idVariables, isSet) {
			return nil, "none of " + strings.Join(idVariables, ", ") + " is set", nil
		}
		if hasProfile {
			return nil, noProfiles, nil
		}
		config, err := credentials.FromEnvironment(os.Environ())
		return config, "", err
	}}}
	for _, name := range fileNames {
		all = append(all, place{"./" + name, true, func() (*core.Config, string, error) {
			config, why, err := fromFile(name, profile, hasProfile)
			if err == nil && why == "" {
				err = checkWhole(config)
			}
			return config, why, err
		}})
	}
	folder := home.Folder()
	for _, path := range homePaths {
		all = append(all, place{source: "~/" + path, load: func() (*core.Config, string, error) {
			if !filepath.IsAbs(folder) { // it would lead to files of the working directory
				return nil, "there is no home folder", nil
			}
			return fromFile(filepath.Join(folder, path), profile, hasProfile)
		}})
	}
	return all
}

// find looks for credentials in one place after another. It tells say about each place.
func find(
	profile string, hasProfile bool, say func(string),
) (config *core.Config, found place, err error) {
	var reasons []string
	sources := map[string][]string{} // by reason
	all := places(profile, hasProfile)
	for i, place := range all {
		config, why, err := place.load()
		if err == nil && why == "" {
			err = readKeyFile(config)
		}
		var failed *core.TokenError
		switch {
		case errors.As(err, &failed):
			say(place.source + ": " + failed.Message)
			named := *failed
			named.Message = place.source + ": " + failed.Message
			named.Hint = ""
			return config, place, &named
		case err != nil:
			return config, place, err
		case why == "":
			say(place.source + ": taken")
			for _, later := range all[i+1:] {
				say(later.source + ": not looked at, for an earlier one was taken")
			}
			return config, place, nil
		}
		say(place.source + ": " + why)
		if sources[why] == nil {
			reasons = append(reasons, why)
		}
		sources[why] = append(sources[why], place.source)
	}
	for i, why := range reasons {
		reasons[i] = strings.Join(sources[why], ", ") + ": " + why
	}
	looked := strings.Join(reasons, "; ")
	return config, place{}, core.CredentialsError("no credentials were found: " + looked)
}

const noProfiles = "it has no profiles"

// checkWhole checks a configuration from the working directory. If it names its own token endpoint,
// it must have its own secret. Otherwise the user's secret would go to an endpoint that the maker
// of the folder chose.
func checkWhole(config *core.Config) error {
	if config.PrivateKeyFile != "" {
		return core.CredentialsError("it names a file or a URL that holds its privateKey" + nameIt)
	}
	hasText := false
	for i, source := range config.Sources() {
		if source.Given() && source.Text == "" { // or it would send any file of the user's to anywhere
			return core.CredentialsError("it names a file or a URL that holds its " +
				core.SourceNames()[i] + nameIt)
		}
		hasText = hasText || source.Given()
	}
	hasEndpoint := config.TokenEndpoint != "" || config.Issuer != ""
	hasSecret := config.ClientSecret != "" || config.PrivateKey != "" || hasText ||
		config.ClientAuth == core.None
	if !hasEndpoint || hasSecret {
		return nil
	}
	return core.CredentialsError("it names a token endpoint or an issuer, and has neither secret " +
		"nor key" + nameIt)
}

const nameIt = ": a file that was only found gets no secret but its own; if you trust it, load " +
	"it by its name"

// fromFile loads a file. It skips a file that is missing or belongs to another program. A broken
// file is an error, because its owner means it to be used.
func fromFile(
	path, profile string, hasProfile bool,
) (config *core.Config, why string, err error) {
	content, err := readRegular(path)
	if err != nil {
		why := whyUnreadable(err)
		var large errTooLarge
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
			errors.Is(err, syscall.ENXIO) || err == errFolder || err == errNotRegular ||
			errors.As(err, &large) {
			return config, why, nil
		}
		return config, "", core.CredentialsError("the credentials file can't be read: " + why)
	}
	if hasProfile && !strings.HasSuffix(path, ".ini") {
		return config, noProfiles, nil
	}
	config, err = archive.Load(
		content, credentials.Options{Filename: filepath.Base(path), Profile: profile})
	var failed *core.TokenError
	if errors.As(err, &failed) && failed.Code == core.CodeInvalidCredentials &&
		!archive.IsZIP(content) && credentials.IsOther(content) {
		why, _, _ := strings.Cut(failed.Message, "; expected is ")
		return config, why, nil
	}
	return config, "", err
}
