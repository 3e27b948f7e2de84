// Command simulate plays what many isolates of a Cloudflare Worker do to a token endpoint: each by
// itself, or sharing their token by Workers KV, by one Durable Object, or by both. It prints the
// tables of docs/sharing.md, which has the model and what follows from it.
//
//	go run . [-seed 1] [-isolates 10,100] [-hours 0.5] [-rate 1] [-life 1h]
//	    [-jitter 0.1] [-rest 5s] [-docs docs]
//
// The same flags give the same bytes. With -docs it also writes the tables into sharing.md and the
// picture sharing.svg of that folder.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	sharings  = []sharing{nothing, kvOnly, objectOnly, objectAndKV}
	sizes     = []int{10, 100, 1_000, 10_000, 20_000, 50_000, 100_000, 1_000_000}
	lifetimes = []time.Duration{300 * time.Second, time.Hour, 24 * time.Hour}
)

func main() {
	p := defaults()
	flag.Uint64Var(&p.seed, "seed", p.seed, "of the random numbers")
	flag.Float64Var(
		&p.hours,
		"hours",
		p.hours,
		"how long to measure at least, in hours; it becomes whole periods of renewal, and few isolates "+
			"are watched longer",
	)
	flag.Float64Var(&p.rate, "rate", p.rate, "calls per second of each isolate")
	flag.DurationVar(&p.life, "life", p.life, "how long an isolate lives on average (churn)")
	flag.Float64Var(
		&p.jitter,
		"jitter",
		p.jitter,
		"the part by which an isolate's margin is longer or shorter, at most",
	)
	flag.DurationVar(
		&p.rest,
		"rest",
		p.rest,
		"how long an isolate leaves the object alone that turned it away, while its token lives",
	)
	sizes := sizes
	flag.Func(
		"isolates",
		"how many there are: numbers, separated by commas (default 10 to 1000000)",
		func(list string) (err error) {
			sizes, err = parseSizes(list)
			return err
		},
	)
	docs := flag.String("docs", "", "the folder of sharing.md and sharing.svg, to write them")
	flag.Parse()
	if flag.NArg() > 0 || !(p.hours > 0 && p.hours <= 10_000) || !(p.rate > 0 && p.rate <= 10_000) ||
		p.life < time.Second ||
		!(p.jitter >= 0 && p.jitter <= 1) ||
		p.rest < 0 {
		fmt.Fprintln(
			os.Stderr,
			"simulate: -hours and -rate are over 0 and at most 10000, -life is at least 1s, -jitter is "+
				"from 0 to 1, -rest is not negative; "+
				"there are no arguments",
		)
		os.Exit(2)
	}

	tables := format(runAll(p, sizes))
	fmt.Print(tables)
	if *docs != "" {
		if err := writeDocs(*docs, tables); err != nil {
			fmt.Fprintln(os.Stderr, "simulate:", err)
			os.Exit(1)
		}
	}
}

// parseSizes reads numbers of isolates.
func parseSizes(list string) ([]int, error) {
	var sizes []int
	for _, text := range strings.Split(list, ",") {
		size, err := strconv.Atoi(text)
		if err != nil || size < 1 || size > 10_000_000 {
			return nil, fmt.Errorf("%q is no number from 1 to 10000000", text)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

// runAll simulates every kind of sharing with every lifetime and each of these numbers of isolates.
// The rows are in the order of the tables.
func runAll(p params, sizes []int) []row {
	var rows []row
	for _, lifetime := range lifetimes {
		for _, isolates := range sizes {
			for _, sharing := range sharings {
				q := p
				q.lifetime, q.isolates, q.sharing = lifetime, isolates, sharing
				rows = append(rows, row{params: q})
			}
		}
	}
	// Each row has random numbers of its own, so the order doesn't matter. The long ones go first.
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(
		order,
		func(a, b int) int { return cmp.Compare(rows[b].isolates, rows[a].isolates) },
	)
	jobs := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range jobs {
				rows[i].result = run(rows[i].params, newPoisson(rows[i].params)).result()
			}
		})
	}
	for _, i := range order {
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	return rows
}
