package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/setup"
)

// pulling is a pod whose image is there, or cannot be pulled.
func pulling(reason string) string {
	state := `{"running":{"startedAt":"2026-11-30T08:00:00Z"}}`
	if reason != "" {
		state = fmt.Sprintf(`{"waiting":{"reason":%q,"message":"no such image"}}`, reason)
	}
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"pulling","namespace":"shop","uid":"p1"},"spec":{"containers":[{"name":"a","image":"web:2"}]},
		"status":{"phase":"Pending","containerStatuses":[{"name":"a","image":"web:2","state":` + state + `}]}}`
}

// signalsOf are those that an answer has, each in a word.
func signalsOf(answer map[string]any) string {
	var all []string
	items, _ := answer["signals"].([]any)
	for _, item := range items {
		s := item.(map[string]any)
		all = append(all, fmt.Sprint(s["signal"], " ", s["subject"].(map[string]any)["name"], " ", s["state"]))
	}
	return strings.Join(all, ", ")
}

// What is watched is judged from when somebody asks first, or from the start.
func TestMCPTellsOfSignals(t *testing.T) {
	pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	for _, more := range [][]string{nil, {"--signals"}} {
		kubeconfig, st := sampleCluster(t)
		apply := func(object string) {
			if _, err := st.Apply(pods, []byte(object)); err != nil {
				t.Fatal(err)
			}
		}
		a := startMCP(t, append([]string{"--kubeconfig", kubeconfig, "-A", "pods"}, more...)...)
		await := func(want string) {
			t.Helper()
			eventually(t, want, func() bool {
				answer := a.ask(t, "list_signals", map[string]any{"name": "pulling"})
				return signalsOf(answer) == want && answer["complete"] == true
			})
		}
		await("")
		apply(pulling("ImagePullBackOff"))
		await("ImagePullFailing pulling open")
		apply(pulling(""))
		await("ImagePullFailing pulling resolved")
		missing, _ := a.ask(t, "list_signals", map[string]any{})["types_not_watched"].([]any)
		if more == nil && len(missing) == 0 {
			t.Error("it is not told which types rules are about that are not watched")
		}
		if more != nil {
			eventually(t, "the types of rules are watched", func() bool { return strings.Contains(strings.Join(a.watched(t), " "), "deployments.apps") })
		}
		_ = a.client.Close()
		if err := <-a.done; err != nil {
			t.Errorf("%v: it ends with %v", more, err)
		}
	}
}

const someRule = `rules:
- name: %s
  types: [pods]
  when: %s
  signal:
    type: Named
    severity: info
    title: It has a name
`

func TestMCPAppliesRulesOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	save := func(when string) {
		if err := os.WriteFile(path, fmt.Appendf(nil, someRule, "named", when), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig := sampleKubeconfig(t)
	code, _, stderr := command(t, "mcp", "--kubeconfig", kubeconfig, "-A", "pods", "--rules", path)
	if code != setup.ExitError || !strings.Contains(stderr, path) {
		t.Errorf("rules that are not there end it with %d, and it says %s", code, stderr)
	}
	save(`object.metadata.name.startsWith('web-')
  signal: {type: Named, severity: info, title: It has a name}
- name: wrong
  types: [pods]
  when: objct.metadata.name != ''`)
	a := startMCP(t, "--kubeconfig", kubeconfig, "-A", "pods", "--rules", path)
	eventually(t, "what the rule finds", func() bool {
		return a.ask(t, "list_signals", map[string]any{"rule": "named", "state": "open", "severity": "info"})["total"] == 4.0
	})
	for rule, said := range map[string]string{"namde": "did you mean named?", "crashloop": "did you mean crash-loop?", "wrong": `no rule is called "wrong"`} {
		if got := a.said(t, "list_signals", map[string]any{"rule": rule}); !strings.Contains(got, said) {
			t.Errorf("of the rule %s it says %s", rule, got)
		}
	}
	_ = a.client.Close()
	if err := <-a.done; err != nil || !strings.Contains(a.stderr.String(), path+`:8:9: rule "wrong": when: undeclared reference to 'objct'`) {
		t.Errorf("it ends with %v, and has said %s", err, &a.stderr)
	}
}

// Of a recording all is judged that was before the moment that is asked about.
func TestMCPTellsOfSignalsOfARecording(t *testing.T) {
	at := func(moment string) map[string]any {
		a := startMCP(t, "--recording", demoPath, "--at", moment)
		var answer map[string]any
		eventually(t, "all is judged", func() bool {
			answer = a.ask(t, "list_signals", map[string]any{"limit": 500})
			return answer["complete"] == true
		})
		_ = a.client.Close()
		if err := <-a.done; err != nil || a.stderr.Len() > 0 {
			t.Errorf("it ends with %v and says %s", err, &a.stderr)
		}
		for _, item := range answer["signals"].([]any) {
			s := item.(map[string]any)
			text, _ := json.Marshal(s)
			if over, _ := s["resolved"].(string); s["opened"].(string) > answer["as_of"].(string) || over > answer["as_of"].(string) {
				t.Errorf("as of %s: %s", answer["as_of"], text)
			}
		}
		return answer
	}
	early, late := at("40s"), at("75s")
	if !strings.Contains(signalsOf(late), "ImagePullFailing checkout-65c88c64b7-4mljd open") || late["rules_applied_since"] == late["as_of"] {
		t.Errorf("after 75 seconds: %v of %v, %s", late["rules_applied_since"], late["as_of"], signalsOf(late))
	}
	if strings.Contains(signalsOf(early), "checkout-65c88c64b7-4mljd") || early["total"] == 0.0 {
		t.Errorf("after 40 seconds: %s", signalsOf(early))
	}
}

// Monitoring is told of the signals that an assistant would be told of.
func TestMCPTellsMetricsOfSignals(t *testing.T) {
	kubeconfig, st := sampleCluster(t)
	if _, err := st.Apply(pods, []byte(pulling("ImagePullBackOff"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := &heard{more: make(chan struct{}, 1)}
	command := newMCP(nil, io.Discard, stderr)
	command.SetArgs([]string{"--kubeconfig", kubeconfig, "-A", "pods", "--signals", "--http", "0", "--metrics", "0"})
	done := make(chan error, 1)
	go func() { done <- command.ExecuteContext(ctx) }()
	address := stderr.find(t, "(http://127.0.0.1:[0-9]+/metrics)")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	eventually(t, "the signal", func() bool {
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		told, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(told), `dogwatch_signals_open{severity="critical"} 1`) && strings.Contains(string(told), `dogwatch_signals_open{severity="warning"} 0`)
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
