package terminal

import (
	"fmt"
	"testing"
)

// recorder is a test that keeps its failure for itself.
type recorder struct {
	testing.TB
	report string
}

// stopped is what a recorder's Fatalf panics with, in place of ending its goroutine.
type stopped struct{}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.report = fmt.Sprintf(format, args...)
	panic(stopped{})
}

// failure runs f, which must fail, and returns what it said.
func failure(t *testing.T, f func(testing.TB)) (report string) {
	t.Helper()
	r := &recorder{TB: t}
	defer func() {
		if _, ok := recover().(stopped); !ok {
			t.Fatal("the wait did not fail")
		}
		report = r.report
	}()
	f(r)
	return ""
}
