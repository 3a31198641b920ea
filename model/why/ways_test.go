package why

import (
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
)

// TestWhichWayIsGone has worlds in which one rule alone decides between ways.
func TestWhichWayIsGone(t *testing.T) {
	const pump = `{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: shop, name: main, uid: m}, spec: {aRef: {kind: Pod, name: a}, bRef: {kind: Pod, name: b}}, status: {conditions: [
  {type: Ready, status: "False", reason: StartFailed, message: 'pod "b" is not there'}]}}`
	for name, test := range map[string]struct{ world, want string }{
		"what a well object owns may be on its way": {
			`{apiVersion: batch/v1, kind: Job, metadata: {namespace: shop, name: j, uid: j}, status: {startTime: "2026-11-29T14:09:00Z"}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: j-1, uid: k, creationTimestamp: "2026-11-29T14:09:00Z", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: j}]}, status: {phase: Pending}}`,
			"Job j: Running\n",
		},
		"the worst end comes before the first name": {
			`{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: shop, name: main, uid: m}, status: {phase: Pending}}
---
{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: shop, name: a, uid: a, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: main, uid: m}]}, status: {phase: Pending}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a-1, uid: e, creationTimestamp: "2026-11-29T14:09:00Z", ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: a, uid: a}]}, status: {phase: Pending}}
---
{apiVersion: acme.io/v1, kind: Pump, metadata: {namespace: shop, name: b, uid: b, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: main, uid: m}]}, status: {phase: Pending}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: b-1, uid: c, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: b, uid: b}]}, status: {phase: Failed}}`,
			"Pump main: Pending\n  Pump b: Pending +1\n    Pod b-1: Failed\n",
		},
		"what is not spoken of and on its way is no cause": {
			podHead + `spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}, status: {phase: Failed}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {namespace: shop, name: data, uid: c, creationTimestamp: "2026-11-29T14:09:00Z"}, status: {phase: Pending}}` + replicaSet,
			"Pod web-7d9-x: Failed\n",
		},
		"what is spoken of by name comes before the longest way": {
			pump + `
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: a, uid: a}, spec: {volumes: [{name: v, configMap: {name: settings}}]}, status: {phase: Failed}}`,
			"Pump main: StartFailed: pod \"b\" is not there\n  Pod b missing\n",
		},
		"the way does not go up to an owner": {
			`{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: b, uid: b, ownerReferences: [{apiVersion: acme.io/v1, kind: Pump, name: main, uid: m}]}, spec: {pumpRef: {kind: Pump, name: main}}, status: {phase: Failed}}
---
` + pump,
			"Pod b: Failed\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, test.world)
			if a := p.Find(); spell(&a) != test.want {
				t.Errorf("got:\n%swant:\n%s", spell(&a), test.want)
			}
		})
	}
}

func TestAnEventThatRepeatsTheMessageIsNotTold(t *testing.T) {
	said := &health.Finding{Health: model.Health{Reason: "ErrImagePull"}, Message: `container web: failed to pull and unpack image "web:9": not found`}
	for message, want := range map[string]bool{
		`Error: failed to pull and unpack image "web:9": not found`:                                                          true,
		`Failed to pull image "web:9": rpc error: code = NotFound desc = failed to pull and unpack image "web:9": not found`: true,
		"Error: ErrImagePull":                                     true,
		`Back-off pulling image "web:9"`:                          false,
		"container web failed its liveness probe, and was killed": false,
	} {
		if repeats(&Event{Message: message}, said) != want {
			t.Errorf("%q: repeats the message: %v, want %v", message, !want, want)
		}
	}
	if repeats(&Event{Message: "pod is unbound"}, &health.Finding{Message: "unbound"}) {
		t.Error("a word alone is taken for the message")
	}
}
