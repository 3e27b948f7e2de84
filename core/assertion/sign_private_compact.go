//go:build compact

package assertion

import "errors"

// HostSigns says whether a host must sign with [Key.PKCS8], because this build has no signers.
const HostSigns = true

// checkPair does nothing: the host checks that the parts of a key belong together.
func checkPair(*Key) error { return nil }

func signPrivate(algorithm, *Key, []byte) ([]byte, error) {
	return nil, errors.New("is not signed with in this build, but by the host")
}
