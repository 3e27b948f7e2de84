package assertion

import (
	"bytes"
	stdlib "crypto/pbkdf2"
	"strings"
	"testing"
)

// The judge is crypto/pbkdf2.
func TestPBKDF2(t *testing.T) {
	for _, h := range hashes {
		for _, iterations := range []int{1, 2, 1000, 1001, 2048} {
			for _, size := range []int{16, 24, 32} {
				for _, passphrase := range []string{"", "passphrase", strings.Repeat("é", 100)} {
					salt := []byte("salt")
					want, err := stdlib.Key(h.new, passphrase, salt, iterations, size)
					if err != nil {
						t.Fatal(err)
					}
					if got := pbkdf2(h.new, passphrase, salt, iterations, size); !bytes.Equal(got, want) {
						t.Errorf("%d iterations, %d bytes: %x, want %x", iterations, size, got, want)
					}
				}
			}
		}
	}
}
