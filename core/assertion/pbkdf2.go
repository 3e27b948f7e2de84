package assertion

import (
	"bytes"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// roundsPerScrap is after how many rounds of PBKDF2 what they have left is given back.
const roundsPerScrap = 1000

// pbkdf2 returns the key of RFC 8018 section 5.2. crypto/pbkdf2 does the same, but each of its
// rounds leaves two copies of a hash, which the compact module, without a garbage collector, would
// keep: 128 MiB of 600,000 rounds.
func pbkdf2(newHash func() hash.Hash, passphrase string, salt []byte, iterations, size int) []byte {
	mac := hmac.New(newHash, []byte(passphrase))
	var key []byte
	for block := uint32(1); len(key) < size; block++ {
		mac.Reset() // now it keeps what it has made of the passphrase
		mac.Write(salt)
		mac.Write(binary.BigEndian.AppendUint32(nil, block))
		u := mac.Sum(nil)
		sum := bytes.Clone(u)
		scrap := beginScrap()
		for round := 1; round < iterations; round++ {
			mac.Reset()
			mac.Write(u)
			u = mac.Sum(u[:0])
			subtle.XORBytes(sum, sum, u)
			if round%roundsPerScrap == 0 {
				scrap.giveBack()
			}
		}
		scrap.giveBack()
		key = append(key, sum...)
	}
	return key[:size]
}
