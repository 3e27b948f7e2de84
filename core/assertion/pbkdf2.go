package assertion

import (
	"bytes"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// roundsPerScrap is the number of PBKDF2 rounds after which their memory is given back.
const roundsPerScrap = 1000

// pbkdf2 returns the key of RFC 8018 section 5.2. crypto/pbkdf2 does the same, but each of its
// rounds leaves two copies of a hash. The compact module has no garbage collector and would keep
// them: 128 MiB for 600,000 rounds.
func pbkdf2(newHash func() hash.Hash, passphrase string, salt []byte, iterations, size int) []byte {
	mac := hmac.New(newHash, []byte(passphrase))
	var key []byte
	for block := uint32(1); len(key) < size; block++ {
		mac.Reset() // from here on it holds the passphrase's state
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
