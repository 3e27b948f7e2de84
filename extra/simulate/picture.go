package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A panel is the picture of one table: requests per hour over isolates, both logarithmic, a line
// for each kind of sharing.
type panel struct {
	title string
	lines map[string][]point // by what the isolates share
}

type point struct{ isolates, perHour float64 }

// panels reads the tables that format wrote.
func panels(tables string) ([]panel, error) {
	var all []panel
	for line := range strings.Lines(tables) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "### "); ok {
			all = append(all, panel{title, map[string][]point{}})
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != len(columns) || len(all) == 0 || cells[0] == columns[0] ||
			strings.HasPrefix(cells[0], "---") {
			continue
		}
		var p point
		for cell, value := range map[int]*float64{0: &p.isolates, 2: &p.perHour} {
			var err error
			if *value, err = strconv.ParseFloat(strings.ReplaceAll(cells[cell], ",", ""), 64); err != nil {
				return nil, err
			}
		}
		lines := all[len(all)-1].lines
		lines[cells[1]] = append(lines[cells[1]], p)
	}
	return all, nil
}

// The size of the picture, of a panel's field, and where the first one is; and what the axes go to,
// as powers of ten.
const (
	width, height           = 960, 370
	fieldWidth, fieldHeight = 250, 240
	left, top, apart        = 64, 74, 305
	fewest, most10          = 1, 6
	low, high               = -2, 8
)

func x(isolates float64) float64 {
	return fieldWidth * (math.Log10(isolates) - fewest) / (most10 - fewest)
}

func y(perHour float64) float64 {
	return fieldHeight * (high - math.Log10(max(perHour, math.Pow10(low)))) / (high - low)
}

// The colours are told apart by people who don't see all of them, and each line has its own dashes
// too.
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.back { fill: #ffffff }
.grid { stroke: #d8dee4 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.s0 { stroke: #6e7781 } .s1 { stroke: #b35900; stroke-dasharray: 8 3 }
.s2 { stroke: #0550ae } .s3 { stroke: #1a7f37; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .back { fill: #0d1117 } .grid { stroke: #30363d }
.s0 { stroke: #9198a1 } .s1 { stroke: #f0883e } .s2 { stroke: #58a6ff } .s3 { stroke: #3fb950 }
}
</style>
`

// draw makes the picture of the tables, as SVG.
func draw(tables string) (string, error) {
	all, err := panels(tables)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(
		&b,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
			`role="img" aria-labelledby="title">`+"\n",
		width,
		height,
		width,
		height,
	)
	b.WriteString(
		`<title id="title">Requests per hour to the token endpoint, by number of isolates and ` +
			`what they share</title>` + "\n",
	)
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="back" width="%d" height="%d" rx="6"/>`+"\n", width, height)
	fmt.Fprintf(
		&b,
		`<text class="title" x="%d" y="24">Requests per hour to the token endpoint</text>`+"\n",
		16,
	)
	for i, at := range []int{340, 460, 550, 705} {
		fmt.Fprintf(
			&b,
			`<path class="line s%d" d="M%d 20h30"/><text x="%d" y="24">%s</text>`+"\n",
			i,
			at,
			at+36,
			sharings[i],
		)
	}
	for i, p := range all {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", left+i*apart, top)
		fmt.Fprintf(
			&b,
			`<text class="title" x="%d" y="-12" text-anchor="middle">%s</text>`+"\n",
			fieldWidth/2,
			p.title,
		)
		for power := low; power <= high; power += 2 {
			at := y(math.Pow10(power))
			fmt.Fprintf(
				&b,
				`<path class="grid" d="M0 %.1fh%d"/><text x="-8" y="%.1f" text-anchor="end">%s</text>`+"\n",
				at,
				fieldWidth,
				at+4,
				short(power),
			)
		}
		for power := fewest; power <= most10; power++ {
			at := x(math.Pow10(power))
			fmt.Fprintf(
				&b,
				`<path class="grid" d="M%.1f 0v%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
				at,
				fieldHeight,
				at,
				fieldHeight+18,
				short(power),
			)
		}
		fmt.Fprintf(
			&b,
			`<text x="%d" y="%d" text-anchor="middle">isolates</text>`+"\n",
			fieldWidth/2,
			fieldHeight+38,
		)
		for i, s := range sharings {
			var path strings.Builder
			for j, point := range p.lines[s.String()] {
				fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(j, 1)], x(point.isolates), y(point.perHour))
			}
			fmt.Fprintf(&b, `<path class="line s%d" d="%s"/>`+"\n", i, path.String())
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String(), nil
}

// short writes a power of ten in a few characters.
func short(power int) string {
	if power < 0 {
		return strconv.FormatFloat(math.Pow10(power), 'f', -power, 64)
	}
	return strconv.Itoa(int(math.Pow10(power%3))) + []string{"", "k", "M"}[power/3]
}
