package configuration

import (
	"context"
	"os"
	"time"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/internal/inner"
)

// secrets adds the secrets to the fields of a configuration, and checks that they may go to its
// endpoint.
type secrets struct {
	*Reader
	*fields
	isTrusted bool // whether the user or a preset chose the endpoint, and no found file
}

// guard rejects the user's secret or key if a found file chose the endpoint. what names the secret
// as the subject of a sentence.
func (s *secrets) guard(what string) error {
	if s.isTrusted {
		return nil
	}
	return &usage.Error{
		Message: what + " is not sent to the endpoint of " + s.found +
			", which was only found in this folder",
		Hint: "if you trust it: fetchtoken " + s.found,
	}
}

// secretIn returns the secret in a file of the command line.
func (s *secrets) secretIn(path, what string) (string, error) {
	if err := s.guard("the secret of " + what); err != nil {
		return "", err
	}
	content, err := s.read(path, what)
	if err != nil {
		return "", err
	}
	return secretText(content, what)
}

// addPrivateKey adds the private key from the source that the help describes.
func (s *secrets) addPrivateKey() error {
	const option = "--private-key-file"
	if s.Values.Has("private-key-file") {
		if err := s.guard("the key of " + option); err != nil {
			return err
		}
		content, err := s.read(s.Values.Get("private-key-file"), option)
		if err != nil {
			return err
		}
		if len(content) == 0 {
			return &usage.Error{Message: option + " holds no key: it is empty"}
		}
		s.setContent("privateKey", content)
		if !s.has("clientAuth") && !s.isKeyTheGrant() {
			s.drop("clientSecret") // the command line overrides the file
		}
	} else {
		key, isSet := os.LookupEnv(usage.Key)
		if !isSet || s.has("clientAssertion") || s.has("privateKey") || !s.wantsKey() {
			return nil
		}
		if err := s.guard("the key of " + usage.Key); err != nil {
			return err
		}
		if key == "" {
			return &usage.Error{Message: "the environment variable " + usage.Key + " is empty"}
		}
		s.setText("privateKey", key)
	}
	s.drop("passphrase")
	if passphrase := os.Getenv(usage.Passphrase); passphrase != "" {
		s.setText("passphrase", passphrase)
	}
	s.drop("certificate")
	if certificate := os.Getenv(usage.Certificate); certificate != "" {
		s.setText("certificate", certificate)
	}
	return nil
}

// addCertificate adds the certificate of the private key, if the command line names its file.
func (s *secrets) addCertificate() error {
	const option = "--certificate-file"
	if !s.Values.Has("certificate-file") {
		return nil
	}
	content, err := s.read(s.Values.Get("certificate-file"), option)
	if err != nil {
		return err
	}
	if len(content) == 0 {
		return &usage.Error{Message: option + " holds no certificate: it is empty"}
	}
	s.setContent("certificate", content)
	return nil
}

// readKeyFile reads the file of the private key that a variable names.
func readKeyFile(config *core.Config) error {
	if config == nil || config.PrivateKeyFile == "" {
		return nil
	}
	content, err := readRegular(config.PrivateKeyFile)
	if err != nil {
		return core.CredentialsError("the file that a variable names for the private key can't be " +
			"read: " + whyUnreadable(err))
	}
	config.PrivateKey, config.PrivateKeyFile = string(content), ""
	return nil
}

// isKeyTheGrant reports whether a private key signs the grant (RFC 7523 section 2.1), so that a
// secret may be sent beside it. Another party's assertion is a parameter.
func (s *secrets) isKeyTheGrant() bool {
	parameters, _ := jsonobject.Parse([]byte(s.text("parameters")))
	return s.text("grantType") == core.GrantJWT && parameters.Get("assertion") == nil
}

// wantsKey reports whether the private key of the environment counts.
func (s *secrets) wantsKey() bool {
	_, isSet := os.LookupEnv(usage.Secret)
	hasSecret := isSet || s.has("clientSecret") || s.Values.Has("client-secret-file")
	switch s.text("clientAuth") {
	case core.PrivateKeyJWT:
		return true
	case core.OAuth1:
		if !s.has("signatureMethod") {
			return !hasSecret
		}
		return oauth1.KeyAlg(s.text("signatureMethod")) != ""
	case core.None:
		return false
	}
	return s.isKeyTheGrant() || !s.has("clientAuth") && !hasSecret
}

// addSources adds the assertion and the tokens that somebody else issues, from the sources that the
// help describes.
func (s *secrets) addSources() error {
	for _, option := range usage.Options {
		var err error
		switch name := "--" + option.Name; {
		case option.Source == "":
			continue
		case s.Values.Get(option.Name) == "-":
			var text string
			text, err = s.secretIn("-", name)
			s.setText(option.Source, text)
		case s.Values.Has(option.Name):
			err = s.guard("the text of " + name)
			s.setFile(option.Source, s.Values.Get(option.Name))
		case !s.has(option.Source):
			err = s.addSourceVariable(option)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addSourceVariable adds what a variable says instead of an option: the path of a file, or else the
// text itself.
func (s *secrets) addSourceVariable(option usage.Option) error {
	file, text := option.SourceVariables()
	for _, variable := range []string{file, text} {
		value, isSet := os.LookupEnv(variable)
		if !isSet {
			continue
		}
		if err := s.guard("the text of " + variable); err != nil {
			return err
		}
		switch {
		case value == "":
			return &usage.Error{Message: "the environment variable " + variable + " is empty"}
		case variable == file:
			s.setFile(option.Source, value)
		default:
			s.setText(option.Source, value)
		}
		return nil
	}
	return nil
}

// addClientSecret adds the client secret from the source that the help describes, if a secret is
// needed. isInputTaken says whether standard input isn't for the secret.
func (s *secrets) addClientSecret(ctx context.Context, isInputTaken bool) (err error) {
	secret := s.text("clientSecret")
	isOptional := s.isKeyTheGrant() && s.text("clientAuth") != core.None
	switch fromEnvironment, isSet := os.LookupEnv(usage.Secret); {
	case s.Values.Has("client-secret-file"):
		secret, err = s.secretIn(s.Values.Get("client-secret-file"), "--client-secret-file")
		s.noteEmpty(secret, err, "the file of --client-secret-file")
	case !s.wantsSecret() && !isOptional:
		return nil
	case isSet && (!s.has("clientSecret") || s.Values.Has("client-id")):
		err = s.guard("the secret of " + usage.Secret)
		secret = fromEnvironment
		s.noteEmpty(secret, err, "the environment variable "+usage.Secret)
	case !s.wantsSecret():
		return nil
	case !s.has("clientSecret"):
		secret, err = s.fromInput(ctx, isInputTaken)
	}
	if err != nil {
		return err
	}
	s.setText("clientSecret", secret)
	return nil
}

// noteEmpty notes on standard error that a secret is empty: it may be so by mistake.
func (s *secrets) noteEmpty(secret string, err error, source string) {
	if secret == "" && err == nil {
		text := source + " is empty, so the client secret is sent as an empty one"
		report.Complain(s.Errout, text, "")
	}
}

func (s *secrets) wantsSecret() bool {
	switch auth := s.text("clientAuth"); {
	case auth == core.OAuth1 && s.has("signatureMethod"):
		return oauth1.KeyAlg(s.text("signatureMethod")) == ""
	case auth == "", auth == core.OAuth1:
		return !s.has("privateKey") && !s.has("clientAssertion") && s.has("clientId")
	default:
		return auth != core.PrivateKeyJWT && auth != core.None
	}
}

// fromInput returns the secret of standard input.
func (s *secrets) fromInput(ctx context.Context, isInputTaken bool) (string, error) {
	if err := s.guard("a secret from standard input"); err != nil {
		return "", err
	}
	if isInputTaken || report.IsTerminal(s.In) {
		return "", s.missingSecret(ctx, "the client secret is missing")
	}
	impatience := time.AfterFunc(time.Second, func() {
		report.Complain(s.Errout, "waiting for the client secret on standard input", "")
	})
	defer impatience.Stop()
	content, err := s.read("-", "standard input")
	if err != nil {
		return "", err
	}
	if len(content) == 0 {
		return "", s.missingSecret(ctx, "the client secret is missing: standard input is empty")
	}
	secret, err := secretText(content, "standard input")
	if err != nil {
		return "", err
	}
	return notEmpty(secret, "standard input")
}

// missingSecret returns the error for a missing secret. If the configuration has another fault, it
// returns that one, because a secret wouldn't help.
func (s *secrets) missingSecret(ctx context.Context, message string) error {
	config, err := s.config()
	if err != nil {
		return err
	}
	config.ClientSecret = "any"
	if config.TokenEndpoint == "" { // so that Explain sends no request for metadata
		config.TokenEndpoint = config.Issuer
	}
	if _, err := inner.Explain(ctx, config, false); err != nil {
		return err
	}
	return &usage.Error{Message: message, Hint: usage.HowToGiveASecret}
}
