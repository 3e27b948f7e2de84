package assertion

// The tags of X.690 section 8 that occur in keys.
const (
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagSequence    = 0x30
	tagContext     = 0xa0 // [0], constructed
	tagContextBits = 0x81 // [1] of an implicit bit string
)

// A der reads DER-encoded values (X.690 section 10) one after another from the beginning of its
// bytes. The first malformed value makes the whole input spoiled, with the values around it and in
// it, and leaves nothing to read. So one check of spoiled at the end is enough.
type der struct {
	rest    []byte
	spoiled *bool
}

func newDER(encoded []byte) der { return der{encoded, new(bool)} }

func (d *der) spoil() {
	*d.spoiled = true
	d.rest = nil
}

// next reads a value with any tag.
//
//go:noinline
func (d *der) next() (tag byte, contents der) {
	contents.spoiled = d.spoiled
	size, head := 0, 2
	if len(d.rest) < head || d.rest[0]&0x1f == 0x1f {
		d.spoil()
		return 0, contents
	}
	if size = int(d.rest[1]); size >= 0x80 { // the long form: the number of length bytes that follow
		head += size & 0x7f
		if head == 2 || head > 5 || head > len(d.rest) || d.rest[2] == 0 {
			d.spoil()
			return 0, contents
		}
		size = 0
		for _, b := range d.rest[2:head] {
			size = size<<8 | int(b)
		}
		if size < 0x80 {
			d.spoil()
			return 0, contents
		}
	}
	if size > len(d.rest)-head {
		d.spoil()
		return 0, contents
	}
	tag, contents.rest, d.rest = d.rest[0], d.rest[head:head+size], d.rest[head+size:]
	return tag, contents
}

// is says whether the next value has that tag.
func (d *der) is(tag byte) bool { return len(d.rest) > 0 && d.rest[0] == tag }

// read reads a value with that tag.
//
//go:noinline
func (d *der) read(tag byte) der {
	if !d.is(tag) {
		d.spoil()
		return *d
	}
	_, contents := d.next()
	return contents
}

// optional reads a value with that tag, if it is the next one.
//
//go:noinline
func (d *der) optional(tag byte) (contents der, found bool) {
	if !d.is(tag) {
		return der{nil, d.spoiled}, false
	}
	return d.read(tag), true
}

// number reads a non-negative INTEGER: big-endian, without leading zeros, except for the number 0.
func (d *der) number() []byte {
	n := d.read(tagInteger).rest
	if len(n) == 0 || n[0] >= 0x80 || len(n) > 1 && n[0] == 0 && n[1] < 0x80 {
		d.spoil()
		return nil
	}
	if len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	return n
}

// small reads a non-negative INTEGER below 2³¹.
func (d *der) small() int {
	n := 0
	bytes := d.number()
	if len(bytes) > 4 || len(bytes) == 4 && bytes[0] >= 0x80 {
		d.spoil()
		return 0
	}
	for _, b := range bytes {
		n = n<<8 | int(b)
	}
	return n
}

// end checks that nothing follows.
func (d *der) end() {
	if len(d.rest) > 0 {
		d.spoil()
	}
}

// encode returns the DER encoding of a value with these parts, at most 64 KB. Inlining it would
// cost several KB.
//
//go:noinline
func encode(tag byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b := make([]byte, 0, size+4)
	switch {
	case size < 0x80:
		b = append(b, tag, byte(size))
	case size < 0x100:
		b = append(b, tag, 0x81, byte(size))
	default:
		b = append(b, tag, 0x82, byte(size>>8), byte(size))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// encodeNumber returns big-endian bytes as a DER-encoded non-negative INTEGER.
func encodeNumber(n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if len(n) == 0 || n[0] >= 0x80 {
		return encode(tagInteger, []byte{0}, n)
	}
	return encode(tagInteger, n)
}
