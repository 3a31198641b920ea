package health

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

func FuzzJudge(f *testing.F) {
	rules := builtinRules(f)
	judges := []*Judge{}
	for _, kind := range []string{"Pod", "Deployment.apps", "StatefulSet.apps", "Service", "Gauge.example.com"} {
		judges = append(judges, rules.For(schema.ParseGroupKind(kind)))
	}
	f.Add([]byte(realisticPod))
	f.Add([]byte(`{"status":{"conditions":[{"type":"Ready","status":1},{},[],null,"x"]},"metadata":[]}`))
	f.Add([]byte(`{"status":{"containerStatuses":{"state":1},"phase":["a"]}}`))
	f.Add([]byte(`{"status":{"phase":"Fai\u006ced","phase":"x"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, j := range judges {
			first := j.Of(jsonscan.Object{Text: data}, 0)
			if again := j.Of(jsonscan.Object{Text: data}, 0); again != first {
				t.Errorf("judged %v, then %v", first, again)
			}
			if want, ok := judgedPlainly(t, j, data); ok && first != want {
				t.Errorf("judged %v, want %v", first, want)
			}
		}
	})
}

// judgedPlainly judges what encoding/json reads of a text that is valid, without names that come twice.
func judgedPlainly(t *testing.T, j *Judge, data []byte) (model.Health, bool) {
	t.Helper()
	if _, err := jsontext.NewDecoder(bytes.NewReader(data)).ReadValue(); err != nil || !json.Valid(data) {
		return model.Health{}, false
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		t.Fatal(err)
	}
	r := newReader(j.slots, j.now)
	readPlainly(r, v, j.root)
	return r.judge(j.rules), true
}

func readPlainly(r *reader, v any, n *node) {
	switch v := v.(type) {
	case map[string]any:
		r.keep(n, value{is: isCompound})
		for name, child := range n.fields {
			if member, ok := v[name]; ok {
				readPlainly(r, member, child)
			}
		}
	case []any:
		if len(v) > 0 {
			r.keep(n, value{is: isCompound})
		}
		for _, e := range v {
			object, isObject := e.(map[string]any)
			switch {
			case n.conditions && isObject:
				r.conditions = append(r.conditions, condition{
					kind: plainScalar(object["type"]), status: plainScalar(object["status"]), reason: plainScalar(object["reason"]),
					since: plainScalar(object["lastTransitionTime"]),
				})
			case n.items != nil:
				readPlainly(r, e, n.items)
			}
		}
	default:
		r.keep(n, plainScalar(v))
	}
}

func plainScalar(v any) value {
	switch v := v.(type) {
	case string:
		return value{text: []byte(v), is: isText}
	case bool:
		return value{text: fmt.Append(nil, v), is: isText}
	case json.Number:
		n, _ := v.Float64()
		return value{text: []byte(v), number: n, is: isNumber}
	}
	return value{}
}
