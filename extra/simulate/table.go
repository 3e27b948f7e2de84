package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A row is one line of a table.
type row struct {
	params
	result
}

var columns = []string{
	"isolates", "they share", "requests per hour", "busiest minute", "first minute",
	"calls that waited", "for: median, p99", "time left: p1",
	"old token", "for at most", "object: busiest second",
}

// format writes a table for each lifetime, in Markdown.
func format(rows []row) string {
	var b strings.Builder
	for i, r := range rows {
		if i == 0 || rows[i-1].lifetime != r.lifetime {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(
				&b,
				"### Tokens of %s\n\n| %s |\n| ---: | --- |%s\n",
				lifetimeName(
					r.lifetime,
				),
				strings.Join(columns, " | "),
				strings.Repeat(" ---: |", len(columns)-2),
			)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(r.cells(), " | "))
	}
	return b.String()
}

func (r row) cells() []string {
	const none = "–"
	cells := []string{
		number(
			float64(r.isolates),
		), r.sharing.String(), number(r.perHour), number(float64(r.busiestMinute)),
		number(float64(r.firstMinute)),
		percent(r.waited), milliseconds(r.median) + ", " + milliseconds(r.p99), seconds(r.left),
		percent(r.superseded), seconds(r.longest), number(float64(r.asks)),
	}
	if r.sharing == nothing {
		cells[8], cells[9] = none, none
	}
	if !r.sharing.hasObject() {
		cells[10] = none
	}
	return cells
}

func lifetimeName(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

func percent(part float64) string { return number(100*part) + " %" }

func seconds(d time.Duration) string { return number(d.Seconds()) + " s" }

func milliseconds(d time.Duration) string { return number(float64(d/time.Millisecond)) + " ms" }

// number writes three significant digits, with commas between thousands.
func number(x float64) string {
	if x == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(x)))
	if digits > 0 {
		text := strconv.FormatFloat(x, 'f', digits, 64)
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	unit := math.Pow10(-digits)
	text := strconv.FormatFloat(math.Round(x/unit)*unit, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
