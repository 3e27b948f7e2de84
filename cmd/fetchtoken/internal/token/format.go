package token

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"golang.org/x/oauth2"
)

// A Format is a kind of --format.
type Format struct {
	IsCalledOften bool // tools run the command again and again for it, so the token is kept

	name string
	of   func(token *oauth2.Token, as string) (string, error)
	as   string // the variable that holds the token
}

// formats are the kinds of --format.
var formats = []Format{
	// the core accepts only tokens of printable ASCII
	{name: "token", of: func(t *oauth2.Token, _ string) (string, error) { return t.AccessToken, nil }},
	{name: "json", of: func(t *oauth2.Token, _ string) (string, error) {
		return report.JSON([]byte(response(t)), "  "), nil
	}},
	{name: "header", IsCalledOften: true, of: func(t *oauth2.Token, _ string) (string, error) {
		value, err := authorization(t)
		return "Authorization: " + value, err
	}},
	{name: "headers", IsCalledOften: true, of: func(t *oauth2.Token, _ string) (string, error) {
		value, err := authorization(t)
		return string(jsonobject.Object{
			{Name: "Authorization", Value: jsonobject.AppendText(nil, value)},
		}.Append(nil)), err
	}},
	{name: "env", of: func(t *oauth2.Token, as string) (string, error) {
		return "export " + as + "='" + strings.ReplaceAll(t.AccessToken, "'", `'\''`) + "'", nil
	}},
	{name: "exec-credential", IsCalledOften: true, of: execCredential},
}

// FormatOf returns the kind that --format or --json names.
func FormatOf(values usage.Values) (Format, error) {
	name := "token"
	if values.Has("format") {
		name = values.Get("format")
	}
	if values.Has("json") {
		name = "json"
	}
	i := slices.IndexFunc(formats, func(f Format) bool { return f.name == name })
	if i < 0 {
		names := make([]string, len(formats))
		for i, f := range formats {
			names[i] = f.name
		}
		return Format{}, &usage.Error{Message: "--format wants one of " + strings.Join(names, ", ")}
	}
	format := formats[i]
	var err error
	format.as, err = VariableName(values)
	return format, err
}

// Text returns what is printed.
func (f Format) Text(token *oauth2.Token) (string, error) {
	text, err := f.of(token, f.as)
	return text + "\n", err
}

var variable = regexp.MustCompile(`^[A-Za-z_]\w{0,127}$`)

// VariableName returns the name of the variable that holds the token.
func VariableName(values usage.Values) (string, error) {
	if !values.Has("as") {
		return "ACCESS_TOKEN", nil
	}
	name := values.Get("as")
	if !variable.MatchString(name) {
		return "", &usage.Error{
			Message: "--as wants the name of a variable: letters, digits and _",
		}
	}
	return name, nil
}

// response returns the whole token response as JSON.
func response(token *oauth2.Token) string {
	text, _ := token.Extra(inner.Response).(string)
	return text
}

// authorization returns the value of the header Authorization.
func authorization(token *oauth2.Token) (string, error) {
	scheme, err := inner.SchemeFor(token.TokenType)
	if err != nil {
		return "", core.NewError(core.CodeInvalidResponse,
			"the token makes no header: its token_type is no scheme of HTTP that takes a token alone")
	}
	return scheme + " " + token.AccessToken, nil
}

// The versions of an ExecCredential. They differ only in their names.
const (
	execVersion = "client.authentication.k8s.io/v1"
	execBeta    = "client.authentication.k8s.io/v1beta1"
)

// execCredential returns the ExecCredential of Kubernetes in the version that the client asks for
// ("client-go credential plugins", Kubernetes documentation).
func execCredential(token *oauth2.Token, _ string) (string, error) {
	text := func(value string) []byte { return jsonobject.AppendText(nil, value) }
	var asked struct {
		APIVersion any `json:"apiVersion"`
	}
	// the caller may be no Kubernetes client
	json.Unmarshal([]byte(os.Getenv("KUBERNETES_EXEC_INFO")), &asked)
	version := execVersion
	if asked.APIVersion == execBeta {
		version = execBeta
	}
	status := jsonobject.Object{{Name: "token", Value: text(token.AccessToken)}}
	if token.ExpiresIn > 0 {
		end := token.Expiry.UTC().Format(time.RFC3339)
		status = status.Set("expirationTimestamp", text(end))
	}
	return string(jsonobject.Object{
		{Name: "apiVersion", Value: text(version)},
		{Name: "kind", Value: text("ExecCredential")},
		{Name: "status", Value: status.Append(nil)},
	}.Append(nil)), nil
}

// secretMembers are the members of a token response that are secrets.
var secretMembers = []string{"access_token", "refresh_token", "id_token"}

// MaskInLogs returns the lines that mask the secrets of a token response in the log of GitHub
// Actions, or "" elsewhere. The runner reads them from standard error, too; standard output often
// goes into a variable. A terminal gets no such line, because it would show the token.
func MaskInLogs(token *oauth2.Token, isTerminal bool) (lines string) {
	if os.Getenv("GITHUB_ACTIONS") != "true" || isTerminal {
		return ""
	}
	escaped := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, name := range secretMembers {
		if value, ok := token.Extra(name).(string); ok && value != "" {
			lines += fmt.Sprintf("::add-mask::%s\n", escaped.Replace(value))
		}
	}
	return lines
}
