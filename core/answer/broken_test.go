package answer_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
)

// A server may send anything, and a connection may break anywhere. The result is always a token or
// an error.
func TestBrokenAnswers(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	parse := func(body string, headers map[string]string) {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%q, %v: %v", body, headers, r)
			}
		}()
		for _, status := range []int{200, 401} {
			header := func(name string) string { return headers[name] }
			answer.Parse(x, answer.Outcome{Status: status, Body: []byte(body), Header: header},
				1512072698000,
				sixteen,
				nil,
			)
		}
		answer.ReadTime(x, answer.Outcome{Status: 200, Body: []byte(body)}, 1512072698000)
	}
	short("\"\\{}[]:,01-eE.tn <&%u\xff\xef", 3, func(body string) { parse(body, nil) })
	short("\"\\=, a%\t", 4, func(value string) {
		parse(
			"",
			map[string]string{"www-authenticate": "e" + value, "location": value, "content-type": value},
		)
	})
	for _, body := range bodies(t) {
		for i := 0; i < min(len(body), 200); i += 7 {
			parse(body[:i], nil)
		}
	}
}

// short returns every text of at most that many of the characters.
func short(characters string, most int, have func(text string)) {
	have("")
	if most == 0 {
		return
	}
	for i := range len(characters) {
		short(characters, most-1, func(rest string) { have(string(characters[i]) + rest) })
	}
}

// bodies returns the bodies of the corpus.
func bodies(t *testing.T) []string {
	var found []string
	for _, name := range []string{"token-answers", "token-error", "token-response"} {
		text, err := os.ReadFile("../testdata/vectors/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct{ Outcome struct{ Body string } }
		}
		if err := json.Unmarshal(text, &file); err != nil || len(file.Tests) == 0 {
			t.Fatal(name, err)
		}
		for _, v := range file.Tests {
			found = append(found, v.Outcome.Body)
		}
	}
	return found
}

// A wrong Date doesn't make a token live longer. Nor does a wrong clock of ours, if the server
// tells the token's end. The end is an hour away by the right clock.
func TestEndsByAWrongClock(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	const now, hour, year = 1_700_000_000, 3600, 365 * 24 * 3600
	for _, c := range []struct{ ours, date, most int64 }{
		{0, 0, hour}, {0, -year, hour}, {0, -25 * hour, hour}, {0, year, hour}, {0, 601, hour - 601},
		{0, -600, hour + 600}, {600, 0, hour}, // close to each other: only Date counts
		{-2 * hour, 0, hour}, {2 * hour, 0, hour}, {-20 * hour, 0, hour}, {601, 0, hour - 601},
		{2 * hour, -year, -1}, // both are wrong: nothing is known
	} {
		header := func(name string) string {
			if name != "date" {
				return ""
			}
			return time.Unix(now+c.date, 0).UTC().Format(http.TimeFormat)
		}
		for _, end := range []string{
			strconv.Itoa(now + hour),
			`"` + time.Unix(now+hour, 0).UTC().Format(time.RFC3339) + `"`,
		} {
			body := `{"access_token":"t","expires_at":` + end + `}`
			outcome := answer.Outcome{Status: 200, Body: []byte(body), Header: header}
			token, err := answer.Parse(x, outcome, (now+c.ours)*1000, sixteen, nil)
			if err != nil || token.ExpiresIn != c.most {
				t.Errorf("ours %d, Date %d: %+v, %v; want %d", c.ours, c.date, token, err, c.most)
			}
		}
		outcome := answer.Outcome{
			Status: 200,
			Body:   []byte(`{"access_token":"t","expires":5000}`),
			Header: header,
		}
		if token, err := answer.Parse(x, outcome, (now+c.ours)*1000, sixteen, nil); err != nil ||
			token.ExpiresIn != 5000 {
			t.Errorf("ours %d, Date %d: %+v, %v; want 5000", c.ours, c.date, token, err)
		}
	}
}
