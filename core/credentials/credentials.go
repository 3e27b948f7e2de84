// Package credentials reads the credentials files of platforms, and makes configurations from them.
// It recognizes a file by its content, never by its name. Package archive, below this one, also
// reads credentials.zip.
package credentials

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// MaxSize is the most bytes of a credentials file. Real ones have a few thousand.
const MaxSize = 1 << 20

// Options add what the file's content lacks.
type Options struct {
	Filename string // for errors only
	Profile  string // the section of HERE's credentials.ini; "" means default
}

// Set sets the option of that name from outside.
func (o *Options) Set(name string, v core.Value) error {
	if name != "filename" && name != "profile" {
		return core.UnknownKey("option", name, []string{"filename", "profile"})
	}
	if v.Kind != core.KindText {
		return core.ConfigError("options."+name, "must be a string, not "+v.What())
	}
	if name == "filename" {
		o.Filename = v.Text
	} else {
		o.Profile = v.Text
	}
	return nil
}

// subject begins a sentence about the file.
func (o Options) subject() string {
	const subject = "the credentials file"
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return '?'
		}
		return r
	}, o.Filename)
	if name == "" {
		return subject
	}
	if end := len(name) - 80; end > 0 {
		for !utf8.RuneStart(name[end]) {
			end++
		}
		name = "…" + name[end:]
	}
	return subject + " " + strconv.Quote(name)
}

// The origin of each kind of file. Every error about a file ends with one of them, or with a list
// of the kinds.
const (
	fromOTA  = "download credentials.zip, a provisioning credential, from the OTA Connect portal"
	fromHERE = "create credentials on the HERE platform, in Access Manager > Apps > your app > " +
		"Credentials > OAuth 2.0, and download credentials.properties"
	fromHM    = "download the private key JSON from High Mobility's console, in App > OAuth"
	fromAzure = "print it with: az ad sp create-for-rbac"

	fromExternal = "make one in the Google Cloud console, in Workload Identity Federation, with a " +
		"file or a URL as its source, and for direct access without a service account"
	fromGoogle = "create a JSON key in the Google Cloud console, in Service accounts > Keys"

	known = "expected is a file of OTA Connect (credentials.zip, treehub.json), HERE " +
		"(credentials.properties, .ini), High Mobility or Google (a key's JSON, or Google's external " +
		"account), Azure (az ad sp create-for-rbac), JSON with token_endpoint, client_id and " +
		"client_secret, a .env file, or one line CLIENT_ID:CLIENT_SECRET"

	noFile = "for a system that gives no file, set provider, clientId and clientSecret"
)

// Load reads the bytes of a credentials file. The error is a *core.TokenError. It says what the
// file contains, what was expected and where to get the right file. It contains nothing of the file
// except the names of its fields.
func Load(file []byte, options Options) (*core.Config, error) {
	f := recognise(file)
	if options.Profile != "" && f.kind != here && f.kind != other && f.kind != unusable {
		return nil, core.CredentialsError(
			options.subject() + ` has no profiles: only HERE's credentials.ini has; leave "profile" out`,
		)
	}
	switch f.kind {
	case treehub:
		return loadTreehub(f.object)
	case highMobility:
		return loadHighMobility(f.object)
	case google:
		return loadGoogle(f.object)
	case external:
		return loadExternal(f.object)
	case azure:
		return loadAzure(f.object)
	case here:
		return loadHERE(f.text, options)
	case environment:
		return fromVariables(environmentFile(f.text))
	case complete:
		return loadComplete(f.object)
	case pair:
		return loadPair(f.text), nil
	default:
		err := core.NewError(
			core.CodeInvalidCredentials,
			options.subject()+" "+f.what+"; "+known,
		)
		if strings.Contains(f.what, "of an unknown kind") {
			err.Hint = noFile
		}
		return nil, err
	}
}

// IsOther says whether the file is intact but of an unknown kind, such as a file of another
// program.
func IsOther(file []byte) bool { return recognise(file).kind == other }

// The kinds of a file.
type kind int

const (
	unusable kind = iota // other names the kind
	other                // the finding names the kind
	treehub
	highMobility
	google
	external
	azure
	here
	environment
	pair
	complete
)

// The names under which files that say everything have the endpoint, the id and the secret.
var (
	endpointNames = []string{"token_endpoint", "tokenEndpoint", "token_url", "tokenUrl", "token_uri"}
	idNames       = []string{"client_id", "clientId"}
	secretNames   = []string{"client_secret", "clientSecret"}
)

// memberOf returns the first of the names that an object has, or "".
func memberOf(object jsonobject.Object, names []string) string {
	for _, name := range names {
		if object.Get(name) != nil {
			return name
		}
	}
	return ""
}

// loadComplete reads a file that says everything: the endpoint, the id and the secret.
func loadComplete(file jsonobject.Object) (*core.Config, error) {
	r := jsonReader(file, "the credentials file", "give it a text")
	config := &core.Config{
		TokenEndpoint: r.required(memberOf(file, endpointNames)),
		ClientID:      r.required(memberOf(file, idNames)),
		ClientSecret:  r.required(memberOf(file, secretNames)),
	}
	if scope := r.optional("scope"); scope != "" {
		config.Scope = []string{scope}
	}
	return config, r.err
}

// A finding is the kind of a file, with its content.
type finding struct {
	kind   kind
	what   string
	object jsonobject.Object // the members of JSON
	text   string            // the text of any other kind, without surrounding blanks
}

// recognise determines the kind of a file by its content.
func recognise(file []byte) finding {
	if len(file) > MaxSize {
		return finding{what: "is larger than 1 MiB, so it is no credentials file"}
	}
	if what := binary(file); what != "" {
		if file = fromLatin1(file); file == nil {
			return finding{what: what}
		}
	}
	text := unwrapped(strings.TrimSpace(string(bytes.TrimPrefix(file, []byte("\ufeff")))))
	switch {
	case text == "":
		return finding{what: "is empty: download it again"}
	case text[0] == '<':
		return finding{what: page(text)}
	case text[0] == '{':
		object, err := jsonobject.Parse([]byte(text))
		if err != nil {
			object, err = jsonobject.Parse(withoutBreaks(text))
		}
		if err != nil {
			return finding{what: err.Error() + ": download it again"}
		}
		return recogniseObject(object)
	case text[0] == '[' && isArray(text):
		return finding{kind: other, what: "is JSON of an unknown kind, a list"}
	case isEnvironment(text):
		return finding{kind: environment, text: text}
	case strings.Contains(text, "-----BEGIN "):
		return finding{kind: other, what: pem(text)}
	}
	return recogniseText(text)
}

func recogniseObject(object jsonobject.Object) finding {
	has := func(name string) bool { return object.Get(name) != nil }
	switch {
	case has("oauth2") || has("ostree") || has("basic_auth") || has("no_auth"):
		return finding{kind: treehub, object: object}
	case object.Text("type") == "service_account" || has("private_key") && has("client_email"):
		return finding{kind: google, object: object}
	case object.Text("type") == "external_account":
		return finding{kind: external, object: object}
	case has("appId") && has("tenant"), has("clientId") && has("tenantId"):
		return finding{kind: azure, object: object}
	case has("private_key") && !has("type") && !has("service_account_id"):
		return finding{kind: highMobility, object: object}
	case memberOf(object, endpointNames) != "" && memberOf(object, idNames) != "" &&
		memberOf(object, secretNames) != "":
		return finding{kind: complete, object: object}
	}
	return finding{kind: other, what: otherObject(object)}
}

func recogniseText(text string) finding {
	for name := range properties(text) {
		if strings.HasPrefix(name, "here.") {
			return finding{kind: here, text: text}
		}
	}
	if _, _, ok := cutPair(text); ok {
		return finding{kind: pair, text: text}
	}
	return finding{kind: other, what: otherText(text)}
}

// cutPair reads CLIENT_ID:CLIENT_SECRET, a form that curl takes and people send by mail. It is one
// line without blanks. Other text with a colon, such as a URL or a path, doesn't count.
func cutPair(text string) (id, secret string, ok bool) {
	id, secret, ok = strings.Cut(text, ":")
	switch {
	case !ok || id == "" || secret == "" || strings.ContainsAny(text,
		" \t\r\n\v\f\x00\u0085\u00a0\u2028\u2029"):
		return "", "", false
	case strings.HasPrefix(secret, "//") || strings.HasPrefix(secret, `\`) ||
		strings.ContainsAny(id, `"'<>{}[](),;`):
		return "", "", false
	case strings.Contains(
		" data urn hrn arn mailto blob javascript sha256 ", " "+strings.ToLower(id)+" ",
	):
		return "", "", false
	}
	return id, secret, true
}

// loadPair returns an id and a secret. The caller must say which system they are for.
func loadPair(text string) *core.Config {
	id, secret, _ := cutPair(text)
	return &core.Config{ClientID: id, ClientSecret: secret}
}

// A reader reads fields of a file and keeps the first error.
type reader struct {
	get   func(name string) (value string, isText bool)
	where string // the place of the fields
	from  string // the origin of the file
	err   error
}

func jsonReader(object jsonobject.Object, where, from string) reader {
	return reader{where: where, from: from, get: func(name string) (string, bool) {
		value := object.Get(name)
		text, isText := jsonobject.Text(value)
		return text, isText || value == nil || value.Kind() == 'n'
	}}
}

func (r *reader) required(name string) string {
	value := r.optional(name)
	if value == "" {
		r.fail(r.where + " has no " + name + ", or it is empty")
	}
	return value
}

func (r *reader) optional(name string) string {
	value, isText := r.get(name)
	if !isText {
		r.fail(r.where + " has a " + name + " that is not a string")
	}
	return value
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = core.CredentialsError(what + ": " + r.from)
	}
}
