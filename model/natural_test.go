package model

import (
	"math"
	"slices"
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
		slices.SortFunc(got, compareNatural)
		if !slices.Equal(got, want) {
			t.Errorf("sorted %q, want %q", got, want)
		}
	}
}

func FuzzNaturalIsAStrictWeakOrder(f *testing.F) {
	f.Add("v1beta1", "v1", "v1.9.2")
	f.Add("a01", "a1", "a1-rc")
	f.Add("\xff1", "�1", "É")
	f.Add("1-", "1-rc", "1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := compareNatural(a, b), compareNatural(b, c), compareNatural(a, c)
		if compareNatural(a, a) != 0 {
			t.Errorf("%q is not equal to itself", a)
		}
		if compareNatural(b, a) != -ab {
			t.Errorf("%q and %q: %d one way, %d the other", a, b, ab, compareNatural(b, a))
		}
		if ab <= 0 && bc <= 0 && ac > 0 {
			t.Errorf("%q <= %q <= %q, but the first is after the last", a, b, c)
		}
		if ab == 0 && bc != ac {
			t.Errorf("%q and %q are equal, but not to %q", a, b, c)
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

func FuzzCellsAreAStrictWeakOrder(f *testing.F) {
	f.Add("5d", "100Mi", "<none>", uint8(0))
	f.Add("7 (12s ago)", "7", "v1", uint8(1))
	f.Add("NaN", "1e999", "-0", uint8(2))
	f.Fuzz(func(t *testing.T, a, b, c string, kind uint8) {
		column := &Column{Name: "CPU", Kind: ColumnKind(kind % 4)}
		x, y, z := cellValue(column, a, 0), cellValue(column, b, 0), cellValue(column, c, 0)
		if compareValues(x, y) != -compareValues(y, x) {
			t.Errorf("%q and %q differ by the side", a, b)
		}
		if compareValues(x, y) <= 0 && compareValues(y, z) <= 0 && compareValues(x, z) > 0 {
			t.Errorf("%q <= %q <= %q, but the first is after the last", a, b, c)
		}
	})
}
