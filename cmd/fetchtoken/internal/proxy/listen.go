package proxy

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

var loopback = regexp.MustCompile(`^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$`)

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool { return loopback.MatchString(host) }

var hostAndPort = regexp.MustCompile(`(?i)^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$`)

// listenAddress reads HOST:PORT.
func listenAddress(text string) (host, port string, err error) {
	parts := hostAndPort.FindStringSubmatch(text)
	if parts != nil {
		if n, _ := strconv.Atoi(parts[2]); n <= 65_535 {
			return strings.Trim(parts[1], "[]"), parts[2], nil
		}
	}
	return "", "", &usage.Error{
		Message: "--listen wants HOST:PORT, such as 127.0.0.1:8080; port 0 takes a free one",
	}
}
