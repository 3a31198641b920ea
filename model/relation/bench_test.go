package relation

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
)

// BenchmarkRelations reads the tree of a node on which one pod in a hundred of 20,000 runs, and takes in a change of one of its pods each time.
func BenchmarkRelations(b *testing.B) {
	const count, on = 20_000, 100
	rules, err := Builtin()
	if err != nil {
		b.Fatal(err)
	}
	pods := Type{GVR: schema.GroupVersionResource{Version: "v1", Resource: "pods"}, Kind: "Pod", Namespaced: true}
	nodes := Type{GVR: schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, Kind: "Node"}
	packer := model.NewPacker()
	pod := func(i, version int) *model.Object {
		o := &model.Object{Key: model.Key{Namespace: "shop", Name: fmt.Sprintf("web-%d", i)}, UID: types.UID(fmt.Sprint(i)), ResourceVersion: fmt.Sprint(version)}
		o.SetJSON(packer, fmt.Appendf(nil, `{"metadata":{"namespace":"shop","name":"web-%d","labels":{"v":"%d"}},"spec":{"nodeName":"node-%d","containers":[`+
			`{"name":"app","envFrom":[{"configMapRef":{"name":"settings"}}]}]}}`, i, version, i%on))
		return o
	}
	graph := NewGraph(rules, NewTypes([]Type{pods, nodes}), nodes, model.Key{Name: "node-7"})
	for i := range count {
		if err := graph.Set(pods, pod(i, 0)); err != nil {
			b.Fatal(err)
		}
	}
	changed := []*model.Object{pod(7, 1), pod(7, 2)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := graph.Set(pods, changed[n%len(changed)]); err != nil {
			b.Fatal(err)
		}
		if tree := graph.Tree(func(Type, ID) bool { return true }); len(tree) != 1+mostItems+1 {
			b.Fatalf("the tree has %d items", len(tree))
		}
		n++
	}
}
