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

// A server may answer anything, and a connection may be cut anywhere: the answer is a token or an
// error.
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

// short has every text of up to so many of the characters.
func short(characters string, most int, have func(text string)) {
	have("")
	if most == 0 {
		return
	}
	for i := range len(characters) {
		short(characters, most-1, func(rest string) { have(string(characters[i]) + rest) })
	}
}

// bodies are those of the corpus.
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

// A Date that is wrong doesn't make a token live longer, and a clock of ours that is wrong doesn't
// make one whose end the server tells live longer than it does. The end is an hour away by the
// right clock.
func TestEndsByAWrongClock(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	const now, hour, year = 1_700_000_000, 3600, 365 * 24 * 3600
	for _, c := range []struct{ ours, date, most int64 }{
		{0, 0, hour}, {0, -year, hour}, {0, -25 * hour, hour}, {0, year, hour}, {0, 601, hour - 601},
		{0, -600, hour + 600}, {600, 0, hour}, // near each other, Date alone counts
		{-2 * hour, 0, hour}, {2 * hour, 0, hour}, {-20 * hour, 0, hour}, {601, 0, hour - 601},
		{2 * hour, -year, -1}, // both: nothing is known
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
