package answer

import (
	"net/http"
	"testing"
	"time"
)

// The three forms of RFC 9110 section 5.6.7, as net/http and time write them.
var httpDateForms = []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC}

func TestHTTPDateIsTheTimeThatGoWrites(t *testing.T) {
	const step = 86399*time.Second + 13*24*time.Hour
	for at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 10000; at = at.Add(step) {
		for _, form := range httpDateForms {
			text := at.Format(form)
			got, ok := httpDate(text, at.Unix()) // the year of two digits is this one
			if !ok || got != at.Unix() {
				t.Fatalf("%q is %d, %v; want %d", text, got, ok, at.Unix())
			}
		}
	}
}

func TestHTTPDateRefuses(t *testing.T) {
	for _, text := range []string{
		"", "GMT", "soon", "0", "2015-10-21T07:28:00Z", "Wed, 21 Oct 2015 07:28:00", "Wed, 21 Oct 2015 " +
			"07:28:00 UTC",
		"Wed, 21 Oct 2015 07:28:00 +0000", "Wed, 21 Oct 2015 07:28 GMT", "Wed, 21 Oct 15 7:28:00 GMT", "Wed, 00 Oct 2015 07:28:00 GMT",
		"Wed, 32 Oct 2015 07:28:00 GMT", "Sun, 29 Feb 2015 07:28:00 GMT", "Thu, 29 Feb 1900 07:28:00 " +
			"GMT", "Wed, 21 oct 2015 07:28:00 GMT",
		"Wed, 21 anF 2015 07:28:00 GMT", "Wed, 21 JanFeb 2015 07:28:00 GMT", "Wed, 21 10 2015 07:28:00 " +
			"GMT", "Wed, 21 Oct 2015 24:00:00 GMT",
		"Wed, 21 Oct 2015 07:60:00 GMT", "Wed, 21 Oct 2015 07:28:61 GMT", "Wed, 21 Oct 2015 07-28-00 " +
			"GMT", "Wed, 21 Oct 0000 07:28:00 GMT",
		"Wed, 21 Oct 12015 07:28:00 GMT", "Wed, -1 Oct 2015 07:28:00 GMT x", "Wed Oct 21 07:28:00", "Wed, 21 Oct 2015 +7:28:00 GMT",
	} {
		if got, ok := httpDate(text, 1_700_000_000); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// RFC 9110: a year that appears to be more than 50 years in the future is the last such year in the
// past.
func TestHTTPDateWithAYearOfTwoDigits(t *testing.T) {
	near := time.Date(2023, 11, 14, 0, 0, 0, 0, time.UTC).Unix()
	for text, year := range map[string]int{
		"Sunday, 06-Nov-94 08:49:37 GMT": 1994, "Monday, 06-Nov-23 08:49:37 GMT": 2023,
		"Sunday, 06-Nov-72 08:49:37 GMT":  2072,
		"Tuesday, 06-Nov-74 08:49:37 GMT": 1974, "Saturday, 01-Jan-00 00:00:00 GMT": 2000,
		"Tuesday, 29-Feb-00 00:00:00 GMT": 2000,
	} {
		got, ok := httpDate(text, near)
		if !ok || time.Unix(got, 0).UTC().Year() != year {
			t.Errorf("%q is in %d, %v; want %d", text, time.Unix(got, 0).UTC().Year(), ok, year)
		}
	}
}

func FuzzHTTPDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT", int64(1_700_000_000))
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT", int64(1_700_000_000))
	f.Add("Sun Nov  6 08:49:37 1994", int64(0))
	f.Add("Sat, 31 Dec 2016 23:59:60 GMT", int64(-1))
	f.Add("Thu, 29-Feb-00 00:00:00 GMT", int64(1<<36))
	f.Fuzz(func(t *testing.T, text string, near int64) {
		got, ok := httpDate(text, near%(1<<37))
		if !ok {
			return
		}
		ours := time.Unix(got, 0).UTC()
		if ours.Year() < 1 || ours.Year() > 9999 && ours.Format(time.DateTime) != "10000-01-01 00:00:00" {
			t.Fatalf("%q is %v", text, ours)
		}
		// net/http reads a year of two digits as another century.
		if theirs, err := http.ParseTime(text); err == nil &&
			(theirs.Format("01-02 15:04:05") != ours.Format("01-02 15:04:05") || (theirs.Year()-ours.Year())%100 != 0) {
			t.Fatalf("%q is %v, net/http says %v", text, ours, theirs)
		}
	})
}
