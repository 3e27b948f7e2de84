package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The tables of docs/sharing.md are what the program prints. Simulating all of them takes too long
// here: these are the rows of few isolates, and one in which the object is overloaded.
func TestDocsAreWhatIsSimulated(t *testing.T) {
	text, err := os.ReadFile("../../docs/sharing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _, err := cutTables(string(text))
	if err != nil {
		t.Fatal(err)
	}
	rows := runAll(defaults(), sizes[:2])
	overload := row{params: defaults()}
	overload.sharing, overload.isolates, overload.lifetime = objectOnly, 100_000, time.Hour
	overload.result = simulate(overload.params).result()
	for _, r := range append(rows, overload) {
		if r.expired != 0 {
			t.Errorf("%d isolates that share %s served expired tokens", r.isolates, r.sharing)
		}
		_, table, _ := strings.Cut(tables, "### Tokens of "+lifetimeName(r.lifetime)+"\n")
		table, _, _ = strings.Cut(table, "###")
		if line := "| " + strings.Join(r.cells(), " | ") + " |\n"; !strings.Contains(table, line) {
			t.Errorf(
				"docs/sharing.md has no row, among the tokens of %s,\n%sRun make simulate.",
				lifetimeName(r.lifetime),
				line,
			)
		}
	}
	if rows := strings.Count(tables, "\n| ") - 2*len(lifetimes); rows != len(
		lifetimes,
	)*len(
		sizes,
	)*len(
		sharings,
	) {
		t.Errorf("docs/sharing.md has %d rows", rows)
	}

	want, err := draw(tables)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("../../docs/sharing.svg"); err != nil || string(got) != want {
		t.Errorf("docs/sharing.svg is not the picture of the tables (%v). Run make simulate.", err)
	}
}

func TestSameSeedSameTables(t *testing.T) {
	p := defaults()
	p.watched = 100
	once, again := format(runAll(p, sizes[:2])), format(runAll(p, sizes[:2]))
	if once != again {
		t.Error("the same seed gives other tables")
	}
	p.seed++
	if format(runAll(p, sizes[:2])) == once {
		t.Error("another seed gives the same tables")
	}
}

func TestWriteDocs(t *testing.T) {
	folder := t.TempDir()
	name := folder + "/sharing.md"
	p := defaults()
	p.watched = 100
	tables := format(runAll(p, sizes[:1]))
	for _, text := range []string{"", tablesBegin, "before " + tablesBegin + " no end"} {
		os.WriteFile(name, []byte(text), 0o644)
		if err := writeDocs(folder, tables); err != errMarks {
			t.Errorf("%q: %v", text, err)
		}
	}
	os.WriteFile(name, []byte("before\n"+tablesBegin+"old\n"+tablesEnd+"after\n"), 0o644)
	for range 2 {
		if err := writeDocs(folder, tables); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(name); string(got) != "before\n"+tablesBegin+tables+tablesEnd+"after\n" {
			t.Errorf("sharing.md is %q", got)
		}
	}
	picture, err := os.ReadFile(folder + "/sharing.svg")
	if err != nil || !strings.HasPrefix(string(picture), "<svg ") ||
		strings.Count(string(picture), `class="line`) != 4+len(lifetimes)*4 {
		t.Errorf("sharing.svg: %v\n%s", err, picture)
	}
}
