// Package archive reads HERE OTA Connect's credentials.zip. It is a package of its own so that the
// WebAssembly module contains no ZIP reader. js/credentials/archive.js does the same, with the same
// limits and errors.
package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// MaxSize is the most bytes of an archive. Real ones have some ten entries and a few thousand
// bytes.
const MaxSize = 16 << 20

const (
	maxEntries = 1024
	maxName    = 1024 // bytes of a name that is compared
	maxRatio   = 100  // uncompressed size of treehub.json, divided by its compressed size
)

// The entries that are looked for. Other entries are never opened.
const (
	treehubName = "treehub.json"
	tlsName     = "client_auth.p12"
)

const (
	again     = "; download it again from the OTA Connect portal"
	subject   = "the ZIP archive "
	ofTreehub = "treehub.json in the ZIP archive "
	forAToken = `; for a token download a provisioning credential from the OTA Connect portal whose ` +
		`treehub.json has an "oauth2" block`
	unpackedIt = "; unpack it, and give its treehub.json"
)

// Load reads the bytes of any credentials file, including an archive. Otherwise it is
// credentials.Load.
func Load(file []byte, options credentials.Options) (*core.Config, error) {
	if !IsZIP(file) {
		return credentials.Load(file, options)
	}
	treehub, err := Treehub(file)
	if err != nil {
		return nil, err
	}
	return credentials.Load(
		treehub,
		credentials.Options{Filename: treehubName, Profile: options.Profile},
	)
}

// IsZIP says whether a file begins like a ZIP archive.
func IsZIP(file []byte) bool {
	return bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte("PK\x05\x06"))
}

// Treehub returns treehub.json from the root of an archive. It opens no other entry and writes no
// file. The error is a *core.TokenError with the fault of the archive.
func Treehub(file []byte) ([]byte, error) {
	if len(file) > MaxSize {
		return nil, core.CredentialsError(subject + "is larger than 16 MiB, so it is no credentials.zip")
	}
	if bytes.LastIndex(file, []byte("PK\x05\x06")) < 0 {
		return nil, core.CredentialsError(
			subject + "is cut off: its directory, which is at its end, is missing" + again,
		)
	}
	reader, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, core.CredentialsError(subject + "is broken: its directory can't be read" + again)
	}
	if len(reader.File) > maxEntries {
		return nil, core.CredentialsError(
			subject + "has more than " + strconv.Itoa(maxEntries) + " entries, so it is no credentials.zip",
		)
	}
	var entry *zip.File
	var names []string
	forTLS := false
	for _, f := range reader.File {
		if len(f.Name) > maxName {
			names = append(names, "") // of another file
			continue
		}
		names = append(names, f.Name)
		forTLS = forTLS || f.Name == tlsName
		if f.Name != treehubName {
			continue
		}
		if entry != nil {
			return nil, core.CredentialsError(subject + "has treehub.json twice" + again)
		}
		entry = f
	}
	if entry == nil {
		return nil, core.CredentialsError(subject + instead(names, forTLS))
	}
	treehub, err := open(entry)
	if err != nil {
		return nil, err
	}
	if object, err := jsonobject.Parse(treehub); err == nil && forTLS && object.Get("oauth2") == nil {
		return nil, core.CredentialsError(
			subject + `has client_auth.p12, and its treehub.json has no "oauth2" block: ` +
				`it is for TLS client authentication` + forAToken,
		)
	}
	return treehub, nil
}

// instead says what the archive contains instead of treehub.json.
func instead(names []string, forTLS bool) string {
	inFolder, nested := false, false
	for _, name := range names {
		lower := strings.ToLower(name)
		nested = nested || strings.HasSuffix(lower, ".zip")
		path := strings.ReplaceAll(name, `\`, "/")
		if path != treehubName && !strings.HasSuffix(path, "/"+treehubName) &&
			!strings.HasSuffix(path, ":"+treehubName) {
			continue
		}
		if path[0] == '/' || strings.Contains(path, ":") || strings.Contains("/"+path, "/../") {
			return "has a treehub.json whose path leads out of the archive, so it is no credentials.zip"
		}
		inFolder = true
	}
	switch {
	case inFolder:
		return "has a treehub.json in a folder, but none in its root" + unpackedIt
	case forTLS:
		return "has client_auth.p12 and no treehub.json: it is for TLS client authentication" + forAToken
	case nested:
		return "has no treehub.json in its root, but another archive: unpack it, and give the one in it"
	case len(names) == 0:
		return "is empty" + again
	}
	return "has no treehub.json in its root, so it is no credentials.zip: that is a provisioning " +
		"credential from the OTA Connect portal"
}

// open reads a whole entry within the limits.
func open(f *zip.File) ([]byte, error) {
	const damaged = "is damaged, or an archive bomb: its content is not what the archive says" + again
	size, compressed := f.UncompressedSize64, f.CompressedSize64
	switch {
	case f.Flags&(1<<0|1<<6|1<<13) != 0 || f.Method == 99:
		return nil, core.CredentialsError(ofTreehub + "is encrypted" + unpackedIt)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, core.CredentialsError(
			ofTreehub + "is compressed by method " + strconv.Itoa(
				int(f.Method),
			) + ", which is not supported" + unpackedIt,
		)
	case size > credentials.MaxSize || compressed > 2*credentials.MaxSize:
		return nil, core.CredentialsError(ofTreehub + "is larger than 1 MiB, so it is none")
	case compressed > 0 && size > maxRatio*compressed:
		return nil, core.CredentialsError(
			ofTreehub + "is compressed more than " + strconv.Itoa(
				maxRatio,
			) + " times, as in an archive bomb",
		)
	}
	content, err := f.OpenRaw()
	if err != nil {
		return nil, core.CredentialsError(ofTreehub + damaged)
	}
	if f.Method == zip.Deflate {
		content = flate.NewReader(content)
	}
	data, err := io.ReadAll(io.LimitReader(content, int64(size)+1))
	if err != nil || uint64(len(data)) != size || crc32.ChecksumIEEE(data) != f.CRC32 {
		return nil, core.CredentialsError(ofTreehub + damaged)
	}
	return data, nil
}
