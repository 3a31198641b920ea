package informers

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// busyPod is a version of a pod as large as pods are in real clusters, 7.6 KB of which 3.2 are managedFields. Versions
// differ in what a kubelet writes: the readiness and its time, a count of restarts, and when it wrote.
func busyPod(tb testing.TB, i, version int) []byte {
	var pod map[string]any
	if err := json.Unmarshal(sample.Pod(i), &pod); err != nil {
		tb.Fatal(err)
	}
	at := func(path ...string) map[string]any {
		inner := pod
		for _, name := range path {
			inner, _ = inner[name].(map[string]any)
		}
		return inner
	}
	moment := fmt.Sprintf("2026-11-02T10:%02d:%02dZ", version/60%60, version%60)
	meta := at("metadata")
	meta["resourceVersion"] = fmt.Sprint(1_000_000 + 500*version + i)
	hash := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i)))
	meta["uid"] = fmt.Sprintf("%s-%s-4%s-8%s-%s", hash[:8], hash[8:12], hash[12:15], hash[15:18], hash[18:30])
	meta["annotations"] = map[string]any{"example.com/config-hash": hash[32:]}
	meta["managedFields"] = busyManagers(moment)
	container := at("spec")["containers"].([]any)[0].(map[string]any)
	container["env"] = busyVariables()
	container["volumeMounts"] = []any{
		map[string]any{"name": "config", "mountPath": "/etc/app"},
		map[string]any{"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true},
	}
	at("spec")["volumes"] = []any{
		map[string]any{"name": "config", "configMap": map[string]any{"name": "app-config", "defaultMode": 420}},
		map[string]any{"name": "kube-api-access", "projected": map[string]any{"defaultMode": 420, "sources": []any{
			map[string]any{"serviceAccountToken": map[string]any{"expirationSeconds": 3607, "path": "token"}},
			map[string]any{"configMap": map[string]any{"name": "kube-root-ca.crt", "items": []any{map[string]any{"key": "ca.crt", "path": "ca.crt"}}}},
		}}},
	}
	status := at("status")
	status["podIPs"] = []any{map[string]any{"ip": status["podIP"]}}
	var conditions []any
	for n, kind := range []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		c := map[string]any{"type": kind, "status": "True", "lastProbeTime": nil, "lastTransitionTime": "2026-11-01T08:00:05Z"}
		if n == 2 || n == 3 {
			c["status"], c["lastTransitionTime"] = []string{"True", "False"}[version%2], moment
		}
		conditions = append(conditions, c)
	}
	status["conditions"] = conditions
	state := status["containerStatuses"].([]any)[0].(map[string]any)
	state["containerID"] = "containerd://" + hash
	state["imageID"] = "registry.example/web@sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
	state["restartCount"] = version / 2
	// Servers write the fields in the order of the type.
	var typed corev1.Pod
	if err := json.Unmarshal(sample.JSON(pod), &typed); err != nil {
		tb.Fatal(err)
	}
	encoded, err := json.Marshal(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return encoded
}

func busyVariables() []any {
	var all []any
	for n := range 25 {
		all = append(all, map[string]any{"name": fmt.Sprintf("SERVICE_SETTING_%d", n), "value": fmt.Sprintf("the value with number %d", n)})
	}
	return all
}

func busyManagers(moment string) []any {
	entry := func(manager, subresource, time, fields string) any {
		return map[string]any{
			"manager": manager, "subresource": subresource, "operation": "Update", "apiVersion": "v1", "time": time,
			"fieldsType": "FieldsV1", "fieldsV1": json.RawMessage(fields),
		}
	}
	var env strings.Builder
	for n := range 25 {
		fmt.Fprintf(&env, `"k:{\"name\":\"SERVICE_SETTING_%d\"}":{".":{},"f:name":{},"f:value":{}},`, n)
	}
	var conditions strings.Builder
	for _, kind := range []string{"ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready"} {
		fmt.Fprintf(&conditions, `"k:{\"type\":\"%s\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}},`, kind)
	}
	return []any{
		entry("kube-controller-manager", "", "2026-11-01T08:00:00Z", `{"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app":{},"f:pod-template-hash":{}},`+
			`"f:ownerReferences":{".":{},"k:{\"uid\":\"6f0e5a2c-1111-4000-8000-000000000001\"}":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:env":{`+
			env.String()+`".":{}},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{".":{},"f:limits":{".":{},"f:cpu":{},"f:memory":{}}}}},"f:dnsPolicy":{},"f:volumes":{}}}`),
		entry("kubelet", "status", moment, `{"f:status":{"f:conditions":{`+conditions.String()+`".":{}},"f:containerStatuses":{},"f:hostIP":{},"f:phase":{},"f:podIP":{},"f:podIPs":{},"f:startTime":{}}}`),
	}
}

// busyPods is how many pods the events of busyEvents are of.
const busyPods = 250

// busyEvents is a stream of n updates of pods, as a server sends it: one version of all pods after the other.
func busyEvents(tb testing.TB, n int) []byte {
	columns := `[{"name":"Name","type":"string","format":"name"},{"name":"Ready","type":"string"},{"name":"Status","type":"string"},` +
		`{"name":"Restarts","type":"string"},{"name":"Age","type":"string"},{"name":"IP","type":"string","priority":1},{"name":"Node","type":"string","priority":1},` +
		`{"name":"Nominated Node","type":"string","priority":1},{"name":"Readiness Gates","type":"string","priority":1}]`
	var stream bytes.Buffer
	for e := range n {
		i, version := e%busyPods, e/busyPods
		row := fmt.Sprintf(`{"cells":["pod-%d","%d/1","Running","%d (3m ago)","3d","10.244.%d.%d","node-%d","<none>","<none>"],"object":%s}`,
			i, version%2, version/2, i%3, i%250+2, i%3, busyPod(tb, i, version))
		stream.WriteString(event1("MODIFIED", eventTable(columns, row)))
		columns = "null"
	}
	return stream.Bytes()
}
