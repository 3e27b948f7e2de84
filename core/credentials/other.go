package credentials

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// This file names other files that people take for a credentials file. Its texts stand between "the
// credentials file" and the expected kinds.

// signatures are the first bytes of binary files.
var signatures = []struct{ prefix, what string }{
	{
		"PK\x03\x04",
		"is a ZIP archive, and here only what is in it can be read: give the bytes of the archive " +
			"itself, or unpack it and give its treehub.json",
	},
	{"PK\x05\x06", "is a ZIP archive with nothing in it"},
	{"\x89PNG", "is a PNG image"},
	{"\xff\xd8\xff", "is a JPEG image"},
	{"GIF8", "is a GIF image"},
	{"%PDF", "is a PDF document"},
	{"\x1f\x8b", "is a gzip file, which must be unpacked"},
	{"7z\xbc\xaf", "is a 7-Zip archive, which must be unpacked"},
	{"Rar!", "is a RAR archive, which must be unpacked"},
	{"\xff\xfe\x00\x00", "is text in UTF-32, which must be saved as UTF-8"},
	{"\x00\x00\xfe\xff", "is text in UTF-32, which must be saved as UTF-8"},
	{"\xff\xfe", "is text in UTF-16, which must be saved as UTF-8"},
	{"\xfe\xff", "is text in UTF-16, which must be saved as UTF-8"},
	{"\xfe\xed\xfe\xed", "is a Java keystore"},
	{"\x30\x80", "is PKCS #12 or another keystore (.p12, .pfx), a certificate or a key in DER"},
	{"\x30\x81", "is a certificate or a key in DER"},
	{"\x30\x82", "is PKCS #12 or another keystore (.p12, .pfx), a certificate or a key in DER"},
	{"\xd0\xcf\x11\xe0", "is an Office document"},
}

// binary names the kind of a file that is not UTF-8 text.
func binary(file []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(file, []byte(s.prefix)) {
			return s.what
		}
	}
	if utf8.Valid(file) && bytes.IndexByte(file, 0) < 0 {
		return ""
	}
	zeros := [2]int{}
	for i, c := range file {
		if c == 0 {
			zeros[i%2]++
		}
	}
	if (zeros[0] == 0) != (zeros[1] == 0) && zeros[0]+zeros[1] >= len(file)/3 {
		return "is text in UTF-16, which must be saved as UTF-8"
	}
	return "is binary"
}

func page(text string) string {
	start := strings.ToLower(text[:min(len(text), 200)])
	if strings.HasPrefix(start, "<!doctype html") || strings.Contains(start, "<html") {
		return "is an HTML page, perhaps a login page: download it again while signed in"
	}
	return "is XML"
}

// pem names the kind of a PEM text's first block (RFC 7468).
func pem(text string) string {
	_, label, _ := strings.Cut(text, "-----BEGIN ")
	label, _, _ = strings.Cut(label, "-----")
	switch {
	case label == "OPENSSH PRIVATE KEY":
		return "is a private key of OpenSSH: give it as privateKey, with the clientId that it belongs to"
	case strings.HasSuffix(label, "PRIVATE KEY"):
		return "is a bare PEM key: give it as privateKey, with the clientId that it belongs to"
	case label == "CERTIFICATE":
		return "is a certificate, which is public"
	case strings.HasSuffix(label, "PUBLIC KEY"):
		return "is a public key"
	}
	return "is PEM of an unknown kind"
}

func isArray(text string) bool {
	_, err := jsonobject.Elements([]byte(text))
	return err == nil
}

// objects are other kinds of JSON objects, recognized by their members.
var objects = []struct {
	members []string
	what    string
}{
	{
		[]string{"access_token"},
		"is a token, as a server once answered with it, not the credentials to get one",
	},
	{
		[]string{"accessToken"},
		"is a token, as a server once answered with it, not the credentials to get one",
	},
	{
		[]string{"installed"},
		"is an OAuth client of Google, which is for signing users in; a service account's JSON key is " +
			"for applications",
	},
	{
		[]string{"web"},
		"is an OAuth client of Google, which is for signing users in; a service account's JSON key is " +
			"for applications",
	},
	{
		[]string{"service_account_id", "private_key"},
		"is an authorized key of Yandex Cloud, whose IAM takes a request of its own and not OAuth 2.0",
	},
	{[]string{"AccessKeyId"}, "holds AWS credentials"},
	{[]string{"aws_access_key_id"}, "holds AWS credentials"},
	{[]string{"Credentials"}, "holds AWS credentials"},
	{
		[]string{"app_id", "app_code"},
		"holds a former app id and app code of HERE, for which there is no token: " + fromHERE,
	},
	{
		[]string{"appId", "appCode"},
		"holds a former app id and app code of HERE, for which there is no token: " + fromHERE,
	},
	{[]string{"apiKey"}, "holds an API key, for which there is no token"},
	{[]string{"kty"}, "is a key (JWK): give it as privateKey, with the clientId that it belongs to"},
	{
		[]string{"keys"},
		"is a set of keys (JWKS): give the private one as privateKey, with the clientId that it " +
			"belongs to",
	},
	{[]string{"name", "version"}, "is a package.json of npm"},
	{[]string{"dependencies"}, "is a package.json of npm"},
	{
		[]string{"client_id", "client_secret"},
		"has a client_id and a client_secret, but doesn't say for which system: give them as clientId " +
			"and clientSecret, with provider or tokenEndpoint",
	},
	{
		[]string{"clientId", "clientSecret"},
		"has a clientId and a clientSecret, but is no file that a platform gives out: read it " +
			"yourself, and give it as the configuration",
	},
	{[]string{"error"}, "is the error of a server"},
}

// googleKinds are the kinds of Google's credentials but service_account, by their type.
var googleKinds = []struct{ kind, what string }{
	{"authorized_user", "holds the credentials of a user of Google"},
	{"external_account", "holds the workload identity federation of Google"},
	{"external_account_authorized_user", "holds the workforce identity federation of Google"},
	{"impersonated_service_account", "holds the impersonation of a service account of Google"},
	{"gdch_service_account", "holds a service account of Google Distributed Cloud"},
}

func otherObject(object jsonobject.Object) string {
	for _, g := range googleKinds {
		if object.Text("type") == g.kind {
			return g.what + ", not those of an application: " + fromGoogle
		}
	}
	for _, o := range objects {
		all := true
		for _, member := range o.members {
			all = all && object.Get(member) != nil
		}
		if all {
			return o.what
		}
	}
	return "is JSON of an unknown kind"
}

// otherText names the kind of a text without known credentials.
func otherText(text string) string {
	values := properties(text)
	has := func(name string) bool { _, ok := values[name]; return ok }
	lower := strings.ToLower(text)
	switch {
	case len(values) == 0:
		return "holds nothing but comments"
	case has("aws_access_key_id") || strings.HasPrefix(lower, "access key id,"):
		return "holds AWS credentials"
	case has("app_id") && has("app_code") || has("here.app.id") && has("here.app.code"):
		return "holds a former app id and app code of HERE, for which there is no token: " + fromHERE
	case strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-sha2-"):
		return "is a public key of SSH"
	case strings.HasPrefix(text, "PuTTY-User-Key-File"):
		return "is a private key of PuTTY, which must be exported as PEM and given as privateKey"
	case strings.ContainsAny(text, " \t\r\n"):
	case strings.HasPrefix(text, "UEsDB"):
		return "is a ZIP archive in base64: decode it, and give the bytes"
	case strings.HasPrefix(text, "eyJ"):
		return "is a token, not the credentials to get one"
	case strings.Contains(text, "://"):
		return "is a URL"
	case hasSuffix(lower, ".zip", ".json", ".properties", ".ini", ".env", ".txt", ".p12"):
		return "is the name of a file, not what is in it: read the file, and give its bytes"
	}
	if id, secret, _ := strings.Cut(text, ":"); secret != "" && strings.TrimSpace(secret) == secret &&
		!strings.ContainsAny(id, " \t") && !strings.ContainsAny(secret, "\r\n") {
		if _, _, ok := cutPair(id + ":" + strings.Join(strings.Fields(secret), "")); ok {
			return "is perhaps CLIENT_ID:CLIENT_SECRET with a blank in it, which no such line has: give " +
				"them as clientId and clientSecret"
		}
	}
	return "is text of an unknown kind"
}

func hasSuffix(text string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(text, s) {
			return true
		}
	}
	return false
}
