package informers

import (
	"bytes"
	"testing"
)

// Names in managedFields hold elements of lists as JSON within JSON, where quotes and some signs are spelled otherwise; and a
// short value is one that was hidden where it is the whole element.
func TestHiddenElementsAreNotInManagedFields(t *testing.T) {
	for spec, field := range map[string]string{
		`{"hosts":["pa\"ssw<rd"]}`:       `"f:hosts":{"v:\"pa\\\"ssw\\u003crd\"":{}}`,
		`{"list":[{"name":"hun\\ter"}]}`: `"f:list":{"k:{\"name\":\"hun\\\\ter\"}":{".":{}}}`,
		`{"list":[{"name":80}]}`:         `"f:list":{"k:{\"name\":80}":{".":{}}}`,
	} {
		r := redactorFor(Type{}, rules(t, ".spec.hosts[*]", ".spec.list[*].name"))
		object := `{"metadata":{"managedFields":[{"manager":"x","fieldsV1":{"f:spec":{` + field + `}}}]},"spec":` + spec + `}`
		if got, _, err := r.apply([]byte(object), nil, ""); err != nil || bytes.Contains(got, []byte(field)) || !bytes.Contains(got, []byte(`"manager":"x"`)) {
			t.Errorf("%s, %v", got, err)
		}
	}
	r := redactorFor(Type{}, rules(t, ".spec.hosts[*]"))
	object := `{"metadata":{"managedFields":[{"apiVersion":"v1","fieldsV1":{"f:spec":{"f:hosts":{}}}}]},"spec":{"hosts":["v1"]}}`
	if got, _, err := r.apply([]byte(object), nil, ""); err != nil || !bytes.Contains(got, []byte(`"f:hosts"`)) {
		t.Errorf("what is not the value is hidden: %s, %v", got, err)
	}
}
