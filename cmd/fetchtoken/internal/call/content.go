package call

import (
	"io"
	"strings"
)

// A content can be read several times.
type content struct {
	size int64
	open func() (io.ReadCloser, error)
}

func textContent(text string) *content {
	return &content{int64(len(text)), func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

// joined returns one content after the other.
func joined(parts []*content) *content {
	whole := &content{open: func() (io.ReadCloser, error) { return &sequence{rest: parts}, nil }}
	for _, part := range parts {
		whole.size += part.size
	}
	return whole
}

// A sequence reads one content after the other. It opens each one when it comes to it.
type sequence struct {
	rest    []*content
	current io.ReadCloser // nil before a content is opened
}

func (s *sequence) Read(p []byte) (int, error) {
	for {
		if s.current == nil {
			if len(s.rest) == 0 {
				return 0, io.EOF
			}
			next, err := s.rest[0].open()
			if err != nil {
				return 0, err
			}
			s.current, s.rest = next, s.rest[1:]
		}
		n, err := s.current.Read(p)
		if err == io.EOF {
			s.current.Close()
			s.current, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (s *sequence) Close() error {
	if s.current == nil {
		return nil
	}
	return s.current.Close()
}
