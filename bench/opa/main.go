// Sums amounts by key with OPA, for comparison with the ledger: the median of the evaluation phase alone, for an input of
// `stacks` stacks of `pools` pools, each with one amount on one of `keys` keys.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

const module = `package ledger

totals[key] := sum([pool.amount | some pool in input.pools; pool.key == key]) if some key in input.keys
`

func main() {
	stacks, pools, keys := number(1), number(2), number(3)
	var list []any
	for i := range stacks * pools {
		list = append(list, map[string]any{"key": fmt.Sprintf("k%d", i%keys), "amount": i % 97})
	}
	var names []any
	for i := range keys {
		names = append(names, fmt.Sprintf("k%d", i))
	}
	value, err := ast.InterfaceToValue(map[string]any{"pools": list, "keys": names})
	check(err)
	ctx := context.Background()
	query, err := rego.New(rego.Query("data.ledger.totals"), rego.Module("ledger.rego", module)).PrepareForEval(ctx)
	check(err)
	var times []float64
	for range 5 {
		start := time.Now()
		_, err := query.Eval(ctx, rego.EvalParsedInput(value))
		check(err)
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	sort.Float64s(times)
	fmt.Printf("%.3f\n", times[len(times)/2])
}

func number(position int) int {
	value, err := strconv.Atoi(os.Args[position])
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
