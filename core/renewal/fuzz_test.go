package renewal

import (
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/internal/cost"
)

// FuzzRenewal plays a host that reports anything, with a clock that jumps. The renewal must still
// obey its limits: it ends, and does nothing after that.
func FuzzRenewal(f *testing.F) {
	f.Add(
		"\x00\x02\x07\x00",
		`{"access_token":"t","expires_in":3600}`,
		"Tue, 14 Nov 2023 23:13:20 GMT",
		"5",
		int64(10),
		int64(0),
	)
	f.Add(
		"\x01\x04\x04\x04\x04",
		`{"errorCode":401204,"message":"Time stamp"}`,
		"",
		"9999999999",
		int64(-5),
		int64(90_000_000),
	)
	f.Add(
		"\x02\x03\x05\x05\x05\x05",
		`{"error":"use_dpop_nonce"}`,
		"Wed, 21 Oct 2015 07:28:00 GMT",
		"",
		int64(3_000),
		int64(-1),
	)
	f.Add(
		"\x03\x06\x06\x01\x08",
		`{"timestamp":1700000500}`,
		"soon",
		"Wed, 21 Oct 2115 07:28:00 GMT",
		int64(1<<40),
		int64(1<<50),
	)
	hosts := []*core.Exchange{
		exchange(
			f,
			core.Config{
				ClientID:      "c",
				ClientSecret:  "s3cr3t",
				TokenEndpoint: "https://as.example.com/token",
			},
		),
		exchange(f, core.Config{Provider: "here", ClientID: "c", ClientSecret: "s3cr3t"}),
		exchange(
			f,
			core.Config{
				ClientID:      "c",
				HostSigns:     true,
				Alg:           "ES256",
				TokenEndpoint: "https://as.example.com/token",
			},
		),
	}
	statuses := []int{200, 400, 401, 403, 429, 500, 503, 302, 0}
	f.Fuzz(func(t *testing.T, script, body, date, retryAfter string, step, ahead int64) {
		if len(script) == 0 || len(script) > 40 || len(body) > 1000 {
			return
		}
		limits := Limits{
			Timeout: 30_000, MaxBody: 1 << 20, Deadline: 60_000, Attempts: int(script[0]>>2)%4 + 1,
			Ahead: ahead % (maxAhead + 1), Proves: script[0]&64 != 0,
		}
		x := hosts[int(script[0])%len(hosts)]
		header := func(name string) string {
			return map[string]string{"date": date, "retry-after": retryAfter}[name]
		}
		held, resumed := New(x, limits), New(x, limits)
		in := Input{Now: 1_700_000_000_000, Random: make([]byte, RandomSize)}
		began, sent, asked, waited, done := in.Now, 0, 0, int64(0), false
		for i := 1; i <= len(script)+8; i++ {
			act := byte(1)
			if i < len(script) {
				act = script[i]
			}
			in.Random[i%RandomSize] = act
			var do Action
			if cost := cost.Of(func() { do = held.Next(in) }); cost > 1<<20 {
				t.Errorf("step %d takes %d bytes for a body of %d", i, cost, len(in.Outcome.Body))
			}
			if again := resumed.Next(in); again.Wait != do.Wait || again.Until != do.Until ||
				again.Renew != do.Renew || again.Hold != do.Hold || again.Done != do.Done ||
				(again.Send == nil) != (do.Send == nil) || (again.Sign == nil) != (do.Sign == nil) {
				t.Fatalf("step %d: held %+v, resumed %+v", i, do, again)
			}
			whatToDo := 0
			for _, is := range []bool{
				do.Sign != nil,
				do.Send != nil,
				do.Done,
				do.Sign == nil && do.Send == nil && !do.Done,
			} {
				if is {
					whatToDo++
				}
			}
			elapsed := max(in.Now-began, 0)
			switch {
			case done && !(do.Done && do.Err != nil):
				t.Fatalf("step %d, after the end: %+v", i, do)
			case whatToDo != 1, do.Done && (do.Token == nil) == (do.Err == nil):
				t.Fatalf("step %d: not one thing to do: %+v", i, do)
			case do.Wait < 0, do.Wait > 0 && elapsed+do.Wait >= limits.Deadline:
				t.Fatalf("step %d waits for %d after %d", i, do.Wait, elapsed)
			case do.Ahead < -maxAhead, do.Ahead > maxAhead:
				t.Fatalf("step %d is %d ahead", i, do.Ahead)
			case do.Hold < 0, do.Hold > maxHold:
				t.Fatalf("step %d is remembered for %d", i, do.Hold)
			case (do.Sign != nil || do.Send != nil) && (do.Timeout < 1 || do.Timeout > limits.Timeout):
				t.Fatalf("step %d may take %d", i, do.Timeout)
			case do.Token != nil && (do.Margin < 0 || do.Margin > maxMargin || do.Renew > do.Until):
				t.Fatalf("step %d: %+v", i, do)
			}
			done = done || do.Done
			waited += do.Wait
			if do.Send != nil && do.Attempt > 0 {
				sent++
			} else if do.Send != nil {
				asked++
			}
			if do.Err != nil && strings.Contains(do.Err.Error(), "s3cr3t") {
				t.Fatalf("step %d: %s", i, do.Err)
			}
			// One more for a corrected clock, and one for a DPoP nonce; for each of these that is refused,
			// one for the time.
			if most := limits.Attempts + 2; sent > most || asked > sent || limits.Attempts == 1 && sent > 1 {
				t.Fatalf("%d requests of %d, %d for the time", sent, most, asked)
			}
			var ok bool
			if state := string(resumed.Append(nil)); !done {
				if resumed, ok = Resume(x, limits, state); !ok {
					t.Fatalf("step %d isn't resumed from %q", i, state)
				}
			}
			in = Input{Now: in.Now + step%(1<<45)*int64(act&3) + do.Wait, Random: in.Random}
			switch {
			case do.Sign != nil && act&4 != 0:
				in.Failure, in.Detail = core.SigningThrew, body
			case do.Sign != nil:
				in.Signature = []byte(strings.Repeat("s", 64))
			case act&8 != 0:
				in.Outcome = answer.Outcome{Failure: answer.FailureNetwork, Detail: body}
			default:
				in.Outcome = answer.Outcome{
					Status: statuses[int(act>>4)%len(statuses)],
					Header: header,
					Body:   []byte(body),
				}
			}
		}
	})
}
