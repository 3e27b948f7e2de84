package fetchtoken

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// logged returns what log/slog writes about a value, without the time.
func logged(value any) string {
	var out bytes.Buffer
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "v" {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewJSONHandler(&out, options)).Info("", "v", value)
	return strings.TrimSpace(out.String())
}

func TestWhatIsLogged(t *testing.T) {
	end := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	token := (&oauth2.Token{
		AccessToken: "a secret token", RefreshToken: "a secret one", TokenType: "bearer", Expiry: end,
	}).WithExtra(map[string]any{"scope": "read", "id_token": "a secret"})
	failed := &TokenError{
		Code: CodeHTTPError, Message: "no", Status: 503, Retryable: true, RetryAfter: 2 * time.Second,
	}
	const shown = `{"code":"http_error","message":"no","status":503,"retryable":true,` +
		`"retryAfter":2000000000}`
	retried := Event{Type: EventRetried, Attempt: 1, Wait: 5 * time.Second, Err: failed}
	for want, value := range map[string]any{
		`{"type":"requested","attempt":2}`: Event{Type: EventRequested, Attempt: 2},
		`{"type":"renewed","expiry":"2026-11-20T12:00:00Z"}`: &Event{
			Type: EventRenewed, Expiry: end,
		},
		`{"type":"clock_corrected","offset":-60000000000}`: Event{
			Type: EventClockCorrected, Offset: -time.Minute,
		},
		`{"type":"retried","attempt":1,"wait":0,"error":"lost"}`: Event{
			Type: EventRetried, Attempt: 1, Err: errors.New("lost"),
		},
		`{"type":"Bearer","expiry":"2026-11-20T12:00:00Z","scope":"read"}`: LogToken(token),
		`null`: LogToken(nil),
		shown:  failed,
		`{"type":"retried","attempt":1,"wait":5000000000,"error":` + shown + `}`: retried,
	} {
		want = `{"v":` + want + `}`
		if got := logged(value); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// No way of printing a client shows what it holds.
func TestClientPrints(t *testing.T) {
	config := basic
	config.ClientID = "a client that prints" // of which no other test's refusal is remembered
	client, err := New(
		config,
		&Options{HTTPClient: answering(200, `{"access_token":"the-token","expires_in":60}`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Token(); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		for _, value := range []any{client, struct{ C *Client }{client}} {
			text := fmt.Sprintf(verb, value)
			if !strings.Contains(text, "fetchtoken.Client of https://as.example") ||
				strings.Contains(text, "the-token") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	const shown = `{"v":{"host":"https://as.example","expiry":"20`
	if got := logged(client); !strings.HasPrefix(got, shown) {
		t.Error(got)
	}
}
