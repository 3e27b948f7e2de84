package assertion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// printed matches a command in an error.
var printed = regexp.MustCompile(
	`openssl [a-z0-9]+(?: -?[\w.:/-]+)*[\w]|ssh-keygen(?: -?[\w.-]+)+`)

// legacy is what OpenSSL 3 needs for old algorithms, as the errors say it.
const legacy = "-provider legacy -provider default"

// TestPrintedCommands makes a file of each kind by OpenSSL and runs the command that the error
// about it prints: what comes out is a key.
func TestPrintedCommands(t *testing.T) {
	const plain = "openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem; "
	const pkcs8 = plain + "openssl pkcs8 -topk8 -in plain.pem -passout pass:a -out key.pem "
	const ec = plain + "openssl ec -in plain.pem -passout pass:a -out key.pem "
	const pkcs12 = plain + "openssl req -x509 -new -key plain.pem -subj /CN=a -out cert.pem; " +
		"openssl pkcs12 -export -inkey plain.pem -in cert.pem -out key.p12 -passout pass:a "
	const decrypt, reencrypt = "-passin pass:a", "-passin pass:a -passout pass:b"
	for name, c := range map[string]struct {
		made, file string // by these commands
		old        string // what the error says to add for an old algorithm
		answers    string // what a person would type
		out        string // what the printed command writes
	}{
		"PBES1 with MD5 and DES":     {pkcs8 + "-v1 PBE-MD5-DES " + legacy, "key.pem", legacy, reencrypt, "new.pem"},
		"PBES1 with SHA-1 and RC2":   {pkcs8 + "-v1 PBE-SHA1-RC2-64 " + legacy, "key.pem", legacy, reencrypt, "new.pem"},
		"PBES1 with Triple DES":      {pkcs8 + "-v1 PBE-SHA1-3DES", "key.pem", "", reencrypt, "new.pem"},
		"scrypt":                     {pkcs8 + "-scrypt", "key.pem", "", reencrypt, "new.pem"},
		"Triple DES":                 {pkcs8 + "-v2 des3", "key.pem", "", reencrypt, "new.pem"},
		"many iterations":            {pkcs8 + "-iter 600001", "key.pem", "", reencrypt, "new.pem"},
		"Proc-Type":                  {ec + "-aes256", "key.pem", "", reencrypt, "new.pem"},
		"Proc-Type with DES":         {ec + "-des " + legacy, "key.pem", legacy, reencrypt, "new.pem"},
		"no passphrase":              {pkcs8, "key.pem", "", decrypt, "new.pem"},
		"PKCS #12 of an old program": {pkcs12 + "-legacy", "key.p12", "", reencrypt, "key.pem"},
		"PKCS #12 with Triple DES": {
			pkcs12 + "-keypbe PBE-SHA1-3DES -certpbe NONE", "key.p12", "", reencrypt, "key.pem",
		},
		"PKCS #12 with many iterations": {
			pkcs12 + "-iter 600001", "key.p12", "", reencrypt, "key.pem",
		},
		"a curve that is spelled out": {
			"openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit -out key.pem",
			"key.pem", "", "", "new.pem",
		},
		"another curve": {
			"openssl ecparam -name secp256k1 -genkey -noout -out key.pem", "key.pem", "", "", "key.pem",
		},
		"a short RSA key": {
			"openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key.pem",
			"key.pem", "", "", "key.pem",
		},
		"OpenSSH's own format": {
			"ssh-keygen -q -t ecdsa -b 256 -N '' -f key", "key", "", "-P '' -N ''", "key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run := func(command string) {
				t.Helper()
				shell := exec.Command("sh", "-e", "-c", command)
				shell.Dir = dir
				if out, err := shell.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", command, err, out)
				}
			}
			run(c.made)
			given, err := os.ReadFile(filepath.Join(dir, c.file))
			if err != nil {
				t.Fatal(err)
			}
			passphrase := ""
			if c.answers == reencrypt {
				passphrase = "a"
			}
			_, refusal := assertion.ParseKey(string(given), passphrase, "")
			if refusal == nil || !strings.Contains(refusal.Error(), c.old) {
				t.Fatal("it is taken as it is, or the error lacks an option: ", refusal)
			}
			command := printed.FindString(refusal.Error())
			run(strings.Join([]string{command, c.old, c.answers}, " "))
			key, err := os.ReadFile(filepath.Join(dir, c.out))
			if err != nil {
				t.Fatal(err)
			}
			if passphrase != "" {
				passphrase = "b"
			}
			if _, err := assertion.ParseKey(string(key), passphrase, ""); err != nil {
				t.Errorf("%s makes no key: %v", command, err)
			}
		})
	}
}
