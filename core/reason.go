package core

import "strings"

// PlainReason returns the reason in the words of a host about a failed request. OpenSSL's are a
// dump, of which only the reason says something to people. The words hold no secret any more:
//
//	80CCACCD747F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:FILE:350:
func PlainReason(words string) string {
	_, dump, found := strings.Cut(words, "SSL routines:")
	if !found || !strings.Contains(words, "error:") {
		return words
	}
	_, reason, _ := strings.Cut(dump, ":") // after the function, which may be empty
	reason, _, _ = strings.Cut(reason, ":")
	if reason = strings.TrimSpace(reason); reason == "" {
		return words
	}
	return strings.ReplaceAll(strings.ToLower(reason), "_", " ") // BoringSSL has WRONG_VERSION_NUMBER
}
