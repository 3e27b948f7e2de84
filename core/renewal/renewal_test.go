package renewal

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

func exchange(t testing.TB, config core.Config) *core.Exchange {
	t.Helper()
	x, err := provider.Resolve(config)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestStateIsAllThatChanges(t *testing.T) {
	x := exchange(t, core.Config{Provider: "here", ClientID: "id", ClientSecret: "secret",
		TokenEndpoint: "https://account.api.here.com/oauth2/token"})
	limits := Limits{Timeout: 30_000, MaxBody: 1 << 20, Deadline: 60_000, Attempts: 3}
	refused := answer.Outcome{
		Status: 401,
		Body:   []byte(`{"errorCode":401204,"message":"Time stamp is outside the valid period"}`),
		Header: func(string) string { return "" },
	}
	random := make([]byte, RandomSize)
	inputs := []Input{
		{},
		{Outcome: refused},
		{
			Outcome: answer.Outcome{
				Status: 200,
				Body:   []byte(`{"timestamp":1700000500}`),
				Header: http.Header{}.Get,
			},
		},
		{Outcome: answer.Outcome{Status: 503, Header: http.Header{}.Get}},
		{},
		{
			Outcome: answer.Outcome{
				Status: 200,
				Body:   []byte(`{"access_token":"t","expires_in":3600}`),
				Header: http.Header{}.Get,
			},
		},
	}
	held, resumed := New(x, limits), New(x, limits)
	for i, in := range inputs {
		in.Now, in.Random = 1_700_000_000_000+int64(i)*10, random
		a, b := held.Next(in), resumed.Next(in)
		t.Logf("%d: %+v", i, a)
		if (a.Token == nil) != (b.Token == nil) || a.Wait != b.Wait || a.Until != b.Until ||
			(a.Err == nil) != (b.Err == nil) {
			t.Fatalf("%d: held %+v, resumed %+v", i, a, b)
		}
		var ok bool
		if resumed, ok = Resume(x, limits, string(resumed.Append(nil))); !ok {
			t.Fatalf("%d: not resumed", i)
		}
	}
}

// If a server repeats the signature of an assertion, no error shows it, not even after Resume.
func TestRepeatedSignatureIsMasked(t *testing.T) {
	x := exchange(
		t,
		core.Config{
			ClientID:      "id",
			TokenEndpoint: "https://as.example/token",
			HostSigns:     true,
			Alg:           "ES256",
		},
	)
	limits := Limits{Timeout: 30_000, MaxBody: 1 << 20, Deadline: 60_000, Attempts: 3}
	signature := make([]byte, 64)
	for i := range signature {
		signature[i] = byte(7*i + 1)
	}
	repeated := base64.RawURLEncoding.EncodeToString(signature)
	refused := answer.Outcome{
		Status: 401,
		Body:   []byte(`{"error":"invalid_client","error_description":"not ` + repeated + `"}`),
		Header: http.Header{}.Get,
	}
	r := New(x, limits)
	for i, in := range []Input{{}, {Signature: signature}, {Outcome: refused}} {
		in.Now, in.Random = 1_700_000_000_000, make([]byte, RandomSize)
		do := r.Next(in)
		clear(in.Signature) // the host may reuse its buffer
		if do.Done {
			if do.Err == nil || do.Err.ErrorDescription != "not "+core.Redacted {
				t.Fatalf("%+v", do.Err)
			}
			return
		}
		var ok bool
		if r, ok = Resume(x, limits, string(r.Append(nil))); !ok {
			t.Fatalf("%d: not resumed", i)
		}
	}
	t.Fatal("no end")
}
