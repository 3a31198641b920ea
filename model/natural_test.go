package model

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

func TestNaturalOrder(t *testing.T) {
	for _, want := range [][]string{
		{"", "a", "a1", "a2", "a10", "a10b", "b"},
		{"web-9", "Web-10", "web-100"},
		{"v1alpha1", "v1beta1", "v1beta2", "v1", "v2alpha1", "v2"},
		{"apps/v1beta1", "apps/v1", "apps/v2"},
		{"v1.9", "v1.9.2", "v1.10.0-alpha.1", "v1.10.0-rc.1", "v1.10.0-rc.2", "v1.10.0", "v1.10.1"},
		{"10.0.0.2", "10.0.0.10", "10.0.1.1", "10.2.0.1", "100.0.0.1"},
		{"1/1", "1/3", "2/3", "10/10"},
		{"80/TCP", "443/TCP"},
		{"node-00000000000000000000000000001", "node-2", "node-99999999999999999999999999999"},
	} {
		got := slices.Clone(want)
		slices.Reverse(got)
		slices.SortFunc(got, func(a, b string) int { return bytes.Compare(appendNatural(nil, a), appendNatural(nil, b)) })
		if !slices.Equal(got, want) {
			t.Errorf("sorted %q, want %q", got, want)
		}
	}
}

func FuzzNaturalKeysOrderAsTextsDo(f *testing.F) {
	f.Add("v1beta1", "v1")
	f.Add("v1.9.2", "v1.9")
	f.Add("a01", "a1")
	f.Add("a1-rc", "a1")
	f.Add("\xff1", "�1")
	f.Add("É", "é9")
	f.Add("1-", "1-rc")
	f.Add("\x00\x01\x02", "\x02")
	f.Add("a\x01", "a")
	f.Add("9\x00", "9alpha")
	f.Add(strings.Repeat("7", 300), strings.Repeat("7", 255))
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := appendNatural(nil, a), appendNatural(nil, b)
		want := plainNatural(a[:min(len(a), longestKey)], b[:min(len(b), longestKey)])
		if got := bytes.Compare(x, y); got != want {
			t.Errorf("%q and %q: %d by their keys %x and %x, want %d", a, b, got, x, y, want)
		}
	})
}

func TestCellsSortByWhatTheyMeasure(t *testing.T) {
	for _, tt := range []struct {
		column Column
		want   []string
	}{
		{Column{Name: "Memory"}, []string{"0", "500", "64Ki", "100Mi", "1Gi", "1.5Gi", "2G", "3Ti", "<none>"}},
		{Column{Name: "CPU(cores)"}, []string{"100u", "5m", "250m", "1", "2k", ""}},
		{Column{Name: "Last Seen"}, []string{"500ms", "45s", "1m30.5s", "3m12s", "12m", "3h12m", "23h", "5d", "2y10d", "<unknown>"}},
		{Column{Name: "Restarts"}, []string{"0", "3 (5d ago)", "7 (12s ago)", "12"}},
		{Column{Name: "Used"}, []string{"5%", "10%", "100%"}},
		{Column{Name: "Version"}, []string{"v1.9.2", "v1.10.0", "<unset>"}},
		{Column{Name: "Replicas", Kind: Number}, []string{"-1", "0.5", "3", "20", ""}},
		{Column{Name: "Age", Kind: Date}, []string{"2000", "1000", ""}},
		{Column{Name: "Name", IsName: true}, []string{"1", "2d", "2h", "10s"}},
		{Column{Name: "Status"}, []string{"CrashLoopBackOff", "pending", "Running", "<none>"}},
	} {
		compare := func(a, b string) int { return compareValues(cellValue(&tt.column, a, 0), cellValue(&tt.column, b, 0)) }
		got := slices.Clone(tt.want)
		slices.Reverse(got)
		slices.SortStableFunc(got, compare)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: sorted %q, want %q", tt.column.Name, got, tt.want)
		}
	}
}

func FuzzMeasureEqualsQuantity(f *testing.F) {
	for _, s := range []string{"100Mi", "1.5Gi", "250m", "2", "3E", "7Ei", "12n", "0.1u", "5k", "1M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseMeasure(s, true)
		if math.IsNaN(got) {
			t.Fatalf("%q is not a number", s)
		}
		want, err := resource.ParseQuantity(s)
		if !ok || err != nil || len(s) > 15 || got > math.MaxInt64 {
			return // a quantity stops at the largest int64
		}
		if exact := want.AsApproximateFloat64(); math.Abs(got-exact) > 1e-6*max(1e-3, math.Abs(exact)) {
			t.Errorf("%q is %g, as a quantity %g", s, got, exact)
		}
	})
}

func FuzzSortKeysOrderAsValuesDo(f *testing.F) {
	f.Add("5d", "100Mi", uint8(0))
	f.Add("7 (12s ago)", "7", uint8(1))
	f.Add("<none>", "NaN", uint8(2))
	f.Add("1e999", "-0", uint8(1))
	f.Add("-1", "-2.5", uint8(1))
	f.Add("0", "-0", uint8(5))
	f.Fuzz(func(t *testing.T, a, b string, kind uint8) {
		a, b = a[:min(len(a), longestKey)], b[:min(len(b), longestKey)]
		column := &Column{Name: "CPU", Kind: ColumnKind(kind % 4)}
		x, y := cellValue(column, a, 0), cellValue(column, b, 0)
		for _, descending := range []bool{false, true} {
			want := compareValues(x, y)
			if descending && x.kind != missing && y.kind != missing {
				want = -want
			}
			kx, ky := x.append(nil, descending), y.append(nil, descending)
			if got := bytes.Compare(kx, ky); got != want {
				t.Errorf("%q and %q, descending %v: %d by their keys %x and %x, want %d", a, b, descending, got, kx, ky, want)
			}
			if want != 0 && (bytes.HasPrefix(kx, ky) || bytes.HasPrefix(ky, kx)) {
				t.Errorf("%q and %q: one of the keys %x and %x is the beginning of the other", a, b, kx, ky)
			}
			if c := cmp.Compare(keyPrefix(kx), keyPrefix(ky)); c != 0 && c != want {
				t.Errorf("%q and %q: their keys' beginnings are in another order", a, b)
			}
		}
	})
}
