// Command strip zeroes the parts of a Go WebAssembly module that only tracebacks print: function
// names, file names and line tables. The module keeps its size but compresses 6 % better.
// Tracebacks would show "?" for names, but the module prints none, because every entry recovers.
//
// It knows the table of the linkers of Go 1.20 to 1.26 (runtime/symtab.go, pcHeader and _func) and
// fails on any other.
//
//	go run ./wasm/strip FILE
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: strip FILE")
		os.Exit(2)
	}
	if err := stripFile(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "strip:", err)
		os.Exit(1)
	}
}

func stripFile(name string) error {
	module, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	segments, err := dataSegments(module)
	if err != nil {
		return err
	}
	memory := make([]byte, segments[len(segments)-1].end())
	for _, s := range segments {
		copy(memory[s.address:], s.data)
	}
	if err := strip(memory); err != nil {
		return err
	}
	for _, s := range segments {
		copy(s.data, memory[s.address:])
	}
	return os.WriteFile(name, module, 0o644)
}

// A segment is a part of the memory's first contents. Its data is a part of the module.
type segment struct {
	address int
	data    []byte
}

func (s segment) end() int { return s.address + len(s.data) }

var errModule = errors.New("this is no WebAssembly module as Go's linker writes it")

// dataSegments returns the active data segments (WebAssembly core specification, section 5.5.14),
// which Go writes in the order of their addresses.
func dataSegments(module []byte) (segments []segment, err error) {
	defer func() {
		if recover() != nil { // cut off
			segments, err = nil, errModule
		}
	}()
	if !bytes.HasPrefix(module, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, errModule
	}
	const dataSection, i32Const, end = 11, 0x41, 0x0b
	for r := (reader{module, 8}); r.at < len(module); {
		id := r.byte()
		size := int(r.uint())
		if id != dataSection {
			r.at += size
			continue
		}
		for range r.uint() {
			if r.uint() != 0 || r.byte() != i32Const {
				return nil, errModule
			}
			address := int(r.int())
			if r.byte() != end {
				return nil, errModule
			}
			length := int(r.uint())
			segments = append(segments, segment{address, module[r.at : r.at+length]})
			r.at += length
		}
	}
	if len(segments) == 0 {
		return nil, errModule
	}
	return segments, nil
}

// header is the runtime's pcHeader after its magic number.
type header struct {
	Functions, Files, _                        uint64
	Names, CompilationUnits, FileTab, PC, PCLn uint64 // offsets from the header
}

const headerSize = 8 + 8*8

// findHeader returns the position and the contents of the table's header.
func findHeader(memory []byte) (int, header, error) {
	// Go120PCLnTabMagic, two zeros, an instruction's smallest size, a pointer's size.
	magic := []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}
	found, at := header{}, -1
	for i := 0; ; i++ {
		j := bytes.Index(memory[i:], magic)
		if j < 0 {
			break
		}
		i += j
		var h header
		if binary.Read(bytes.NewReader(memory[i+len(magic):]), binary.LittleEndian, &h) != nil {
			break
		}
		if h.Names == headerSize && h.Names < h.CompilationUnits && h.CompilationUnits <= h.FileTab &&
			h.FileTab < h.PC &&
			h.PC < h.PCLn &&
			h.PCLn < uint64(len(memory)-i) {
			if at >= 0 {
				return 0, h, errors.New("there is more than one table of functions")
			}
			found, at = h, i
		}
	}
	if at < 0 {
		return 0, found, errors.New(
			"there is no table of functions of the known form: did the toolchain change?",
		)
	}
	return at, found, nil
}

// The parts of the runtime's _func, in uint32.
const (
	fieldPCSP, fieldPCFile, fieldPCLn, fieldPCData = 4, 5, 6, 11
	fieldPCDataCount                               = 7
)

// strip zeroes the data that only tracebacks print.
func strip(memory []byte) error {
	start, h, err := findHeader(memory)
	if err != nil {
		return err
	}
	table := memory[start:]
	functions := table[h.PCLn:]
	word := func(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

	// The garbage collector and the unwinder read some of the PC tables, which stay. A byte may belong
	// to several tables.
	pc := table[h.PC:h.PCLn]
	live := make([]bool, len(pc))
	keep := func(offset uint32) {
		if offset == 0 { // none
			return
		}
		r := reader{pc, int(offset)}
		for first := true; ; first = false {
			if r.uint() == 0 && !first {
				break
			}
			r.uint()
		}
		for i := int(offset); i < r.at; i++ {
			live[i] = true
		}
	}
	for i := range int(h.Functions) {
		function := functions[word(functions, 2*i+1):]
		keep(word(function, fieldPCSP))
		for j := range int(word(function, fieldPCDataCount)) {
			keep(word(function, fieldPCData+j))
		}
		binary.LittleEndian.PutUint32(function[4*fieldPCFile:], 0)
		binary.LittleEndian.PutUint32(function[4*fieldPCLn:], 0)
	}
	for i := range pc {
		if !live[i] {
			pc[i] = 0
		}
	}
	clear(table[h.CompilationUnits:h.PC])

	// The runtime reads the names of its own functions, of reflect's and of internal/runtime/atomic's.
	names := table[h.Names:h.CompilationUnits]
	for len(names) > 0 {
		name, rest, _ := bytes.Cut(names, []byte{0})
		if s := string(name); !strings.HasPrefix(s, "runtime.") && !strings.HasPrefix(s, "reflect.") &&
			!strings.HasPrefix(s, "internal/") {
			clear(name)
		}
		names = rest
	}
	return nil
}

// A reader reads LEB128 numbers (WebAssembly core specification, section 5.2.2), which Go's tables
// use too.
type reader struct {
	data []byte
	at   int
}

func (r *reader) byte() byte {
	r.at++
	return r.data[r.at-1]
}

func (r *reader) uint() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (r *reader) int() (n int64) {
	for shift := 0; ; {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			if b&0x40 != 0 {
				n |= -1 << shift
			}
			return n
		}
	}
}
