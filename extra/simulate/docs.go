package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// The tables stand in sharing.md between these lines.
const (
	tablesBegin = "<!-- make simulate writes from here -->\n\n"
	tablesEnd   = "\n<!-- to here -->\n"
)

var errMarks = errors.New(
	"sharing.md has no place for the tables: the lines before and after them are missing",
)

// cutTables returns the text of sharing.md before the tables, the tables, and the text after them.
func cutTables(text string) (before, tables, after string, err error) {
	before, rest, found := strings.Cut(text, tablesBegin)
	tables, after, ended := strings.Cut(rest, tablesEnd)
	if !found || !ended {
		return "", "", "", errMarks
	}
	return before + tablesBegin, tables, tablesEnd + after, nil
}

// writeDocs puts the tables into sharing.md of a folder, and draws sharing.svg from them.
func writeDocs(folder, tables string) error {
	name := filepath.Join(folder, "sharing.md")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, _, after, err := cutTables(string(text))
	if err != nil {
		return err
	}
	picture, err := draw(tables)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, []byte(before+tables+after), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "sharing.svg"), []byte(picture), 0o644)
}
