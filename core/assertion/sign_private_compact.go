//go:build compact

package assertion

import "errors"

// HostSigns says whether a host must sign with [Key.PKCS8], because the signers are left out of
// this build.
const HostSigns = true

// checkPair leaves it to the host to check that the parts of a key belong together.
func checkPair(*Key) error { return nil }

func signPrivate(algorithm, *Key, []byte) ([]byte, error) {
	return nil, errors.New("is not signed with in this build, but by the host")
}
