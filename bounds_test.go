package fetchtoken

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// No redirect of a token request is followed, and a token beside one is not taken.
func TestRedirectOfATokenRequestIsAnError(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		requests := 0
		client := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			requests++
			response, err := answering(status, `{"access_token":"x"}`).Transport.RoundTrip(req)
			response.Header.Set("Location", "https://evil.example/secret-path")
			return response, err
		})}
		_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: client})
		if code(t, err) != CodeRedirect || requests != 1 || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%d: %d requests, %v", status, requests, err)
		}
	}
}

// counting counts what is read of a body without an end.
type counting struct{ read *int64 }

func (c counting) Read(p []byte) (int, error) {
	if *c.read > 1<<30 {
		return 0, errors.New("it is read for ever")
	}
	*c.read += int64(len(p))
	return len(p), nil
}

func TestBodyWithoutAnEndIsReadAsFarAsItMayBe(t *testing.T) {
	var read int64
	client := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200,
			Header:     http.Header{},
			Body:       io.NopCloser(counting{&read}),
		}, nil
	})}
	_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: client, MaxBody: 100_000})
	if code(t, err) != CodeResponseTooLarge || read > 1<<20 {
		t.Errorf("%d bytes were read: %v", read, err)
	}
}

// A change of the options after New changes nothing.
func TestOriginsAreTakenAsTheyWere(t *testing.T) {
	options := Options{
		Origins:    []string{"https://api.example"},
		HTTPClient: answering(200, `{"access_token":"x"}`),
	}
	client, err := New(basic, &options)
	if err != nil {
		t.Fatal(err)
	}
	options.Origins[0] = "https://evil.example"
	if _, err := client.HTTPClient().Get("https://evil.example/"); code(t, err) != CodeInvalidConfig {
		t.Error(err)
	}
	if _, err := client.HTTPClient().Get("https://api.example/"); err != nil {
		t.Error(err)
	}
}

func TestRedirectsOfAnAPIHaveAnEnd(t *testing.T) {
	calls := 0
	base := transportFunc(func(req *http.Request) (*http.Response, error) {
		if calls++; calls > 100 {
			return nil, errors.New("there is no end")
		}
		response, err := answering(302, "").Transport.RoundTrip(req)
		response.Header.Set("Location", "/"+strconv.Itoa(calls))
		return response, err
	})
	_, err := issuing(
		t,
		base,
		Options{},
		"https://api.example",
	).HTTPClient().
		Get("https://api.example/")
	if err == nil || !strings.Contains(err.Error(), "stopped after 10 redirects") || calls != 10 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// The refusals of the process are bounded: of those that still hold, any goes.
func TestRememberedRefusalsAreBounded(t *testing.T) {
	refused := answering(401, `{"error":"invalid_client"}`)
	for i := range maxRefusals + 100 {
		config := basic
		config.ClientID = fmt.Sprintf("bounded-%d", i)
		client, err := New(config, &Options{HTTPClient: refused})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Token(); code(t, err) != CodeErrorResponse {
			t.Fatal(err)
		}
	}
	refusals.Lock()
	defer refusals.Unlock()
	if n := len(refusals.of); n > maxRefusals {
		t.Errorf("%d are remembered", n)
	}
}

// A response that doesn't come in time is an error, though the transport obeys nothing but its
// context.
func TestResponseHasATime(t *testing.T) {
	silent := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})}
	options := &Options{HTTPClient: silent, Timeout: time.Millisecond}
	if _, err := FetchToken(t.Context(), basic, options); code(t, err) != CodeTimeout {
		t.Error(err)
	}
}

// Whoever takes the Transport alone has no CheckRedirect of ours, and net/http keeps Authorization
// for a host below the first.
func TestTransportAloneDropsTheCallersCredentials(t *testing.T) {
	var seen []string
	base := transportFunc(func(req *http.Request) (*http.Response, error) {
		seen = append(seen, req.URL.Host+" "+req.Header.Get("Authorization"))
		if req.URL.Host == "api.example" {
			response, err := answering(302, "").Transport.RoundTrip(req)
			response.Header.Set("Location", "https://cdn.api.example/")
			return response, err
		}
		return answering(200, "").Transport.RoundTrip(req)
	})
	client := &http.Client{
		Transport: issuing(t, base, Options{}, "https://api.example").HTTPClient().Transport,
	}
	req, _ := http.NewRequest(http.MethodGet, "https://api.example/", nil)
	req.Header.Set("Authorization", "Basic eDp5")
	if _, err := client.Do(req); err != nil {
		t.Fatal(err)
	}
	if want := "[api.example Bearer token-1 cdn.api.example ]"; fmt.Sprint(seen) != want {
		t.Errorf("%q, want %q", seen, want)
	}
}

// A token that is bound to a key is of no use without a proof, and goes nowhere.
func TestBoundTokenIsNotSentWithoutAKey(t *testing.T) {
	calls := 0
	client, err := New(basic, &Options{
		Origins: []string{"https://api.example"},
		HTTPClient: &http.Client{
			Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
				if req.URL.Host == "as.example" {
					return answering(
						200,
						`{"access_token":"x","token_type":"DPoP","expires_in":3600}`,
					).Transport.RoundTrip(
						req,
					)
				}
				calls++
				return answering(200, "").Transport.RoundTrip(req)
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.HTTPClient().Get("https://api.example/"); code(t, err) != CodeInvalidConfig ||
		calls != 0 {
		t.Errorf("%d calls: %v", calls, err)
	}
}

// Whoever was refused with an old token gets the new one, and takes it from nobody.
func TestRefusalOfAnOldTokenKeepsTheNewOne(t *testing.T) {
	client, err := New(
		basic,
		&Options{HTTPClient: answering(200, `{"access_token":"new","expires_in":3600}`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.Token()
	if err != nil {
		t.Fatal(err)
	}
	if !client.refuse(&oauth2.Token{AccessToken: "old"}) {
		t.Error("another token is to be had")
	}
	if k := client.kept.Load(); k == nil || k.token != token {
		t.Error("the new token was taken from the others")
	}
}
