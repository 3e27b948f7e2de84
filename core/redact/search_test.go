package redact

import (
	"strings"
	"testing"
)

// Of a long text the beginning is searched, and no more of it is kept.
func TestLongTextIsCutBeforeItIsSearched(t *testing.T) {
	s := New("client")
	s.AddSecret("q7Jt+5Zb/1cVw=8dK2")
	if got := s.Mask(strings.Repeat("a b ", 100_000)); len(got) > 8<<10 {
		t.Errorf("%d bytes", len(got))
	}
}
