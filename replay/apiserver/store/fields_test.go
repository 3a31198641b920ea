package store

import "testing"

func TestFieldsOfAnObject(t *testing.T) {
	o := &Object{JSON: []byte(`{"kind":"Pod","spec":{"a.b":{},"nodeName":"n\u00e9","hostNetwork":true,"priority":7,"tolerations":[{"nodeName":"no"}]},` +
		`"status":{"phase":null,"podIP":{"not":"text"}},"type":"Normal"}`)}
	for path, want := range map[string]string{
		"spec.nodeName": "né", "spec.hostNetwork": "true", "spec.priority": "7", "type": "Normal",
		"spec": "none", "spec.missing": "none", "missing.nodeName": "none", "spec.nodeName.deeper": "none", "spec.tolerations.nodeName": "none",
		"status.phase": "none", "status.podIP": "none",
	} {
		if got := o.Field(Field{Label: path, Default: "none"}); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
		if got := o.Field(Field{Label: "other", Path: path, Default: "none"}); got != want {
			t.Errorf("at %s is %q, want %q", path, got, want)
		}
	}
	for _, broken := range []string{``, `[]`, `{"spec":{"nodeName":`, `{"spec":{"nodeName":"n`} {
		if got := (&Object{JSON: []byte(broken)}).Field(Field{Label: "spec.nodeName", Default: "none"}); got != "none" {
			t.Errorf("of %q it is %q", broken, got)
		}
	}
}
