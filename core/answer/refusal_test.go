package answer

import (
	"strings"
	"testing"
)

func FuzzChallengeParam(f *testing.F) {
	f.Add(`Bearer realm="example", error="invalid_client"`, "The client is unknown")
	f.Add(
		`Basic realm="error=\"x\", y", DPoP algs="ES256 PS256", ERROR=invalid_token`,
		`a "quotation" and a \`,
	)
	f.Add(`Negotiate YII==, error`, "")
	f.Add(`a="\`, "é")
	f.Fuzz(func(t *testing.T, header, value string) {
		if got := challengeParam(header, "error"); len(got) > len(header) {
			t.Fatalf("%q has the error %q", header, got)
		}
		// RFC 9110 section 5.6.4: every value has a quoted string.
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		for _, form := range []string{`Bearer error="`, `Basic realm="error=x, \" y", Bearer scope=a, ERROR="`} {
			if got := challengeParam(form+quoted+`", error_description="z"`, "error"); got != value {
				t.Fatalf("got %q, want %q", got, value)
			}
		}
	})
}
