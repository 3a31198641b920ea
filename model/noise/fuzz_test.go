package noise

import (
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/change"
)

// FuzzLoad: rules from any file either say what is wrong, or can be used on any path.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"rules:\n- paths: [status.seen]\n", "rules:\n- types: ['*', pods]\n  paths: ['a[*].b[\"c.d\"]', '**']\n  values: times\n  keep: true\n",
		"telling: [spec.replicas]\nrules: []\n", "rules: [{paths: [a..b]}]", "rules: [{}]", "rules: &a [*a]", "a: b", "\xff\xfe", "rules:\n- values: [x]\n",
	} {
		f.Add([]byte(text), "status.conditions[type=\"Ready\"].lastHeartbeatTime")
	}
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		rules, err := Load(text)
		if err != nil {
			if said := err.Error(); said == "" || utf8.Valid(text) && !utf8.ValidString(said) {
				t.Errorf("%q is said to be wrong by %q", text, said)
			}
			return
		}
		if strings.ToValidUTF8(path, "") != path {
			return
		}
		judge := rules.NewJudge()
		c := change.Change{Path: change.Path(path), Old: []byte("1"), New: []byte(`"2026-11-24T10:00:00Z"`)}
		of := schema.GroupResource{Resource: "pods"}
		if once := judge.IsFieldNoise(of, &c); once != judge.IsFieldNoise(of, &c) {
			t.Error("it is judged otherwise the second time")
		}
	})
}
