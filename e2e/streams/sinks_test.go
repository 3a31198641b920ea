package streams

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// badRule finds ConfigMaps that say that they are bad.
const badRule = `rules:
- name: bad
  types: [configmaps]
  when: object.?data[?"bad"].orValue("") == "yes"
  signal: {type: Bad, severity: warning, title: It is bad}
`

// told are the names of what was told, each once: of what was added, or of what rules have found.
func told(t *testing.T, text []byte, signals bool) []string {
	t.Helper()
	names := map[string]string{} // by the ids, which come again where an answer was lost
	for line := range bytes.Lines(text) {
		var e struct {
			ID, Schema, Signal string
			Change             json.RawMessage // a word of a change, the edit before of a signal
			Object, Subject    struct{ Name string }
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case signals && e.Signal == "opened":
			names[e.ID] = e.Subject.Name
		case !signals && string(e.Change) == `"added"`:
			names[e.ID] = e.Object.Name
		}
	}
	return slices.Sorted(maps.Values(names))
}

// A ConfigMap names the sinks, and the rules that are beside it in other keys. Both are followed: who stays is told all once, whatever else comes and goes.
func TestSinksAndRulesOfAConfigMapAreFollowed(t *testing.T) {
	client, in := namespace(t)
	objects := client.CoreV1().ConfigMaps(in)
	put := func(name string, data map[string]string) {
		t.Helper()
		o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
		_, err := objects.Create(t.Context(), o, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			_, err = objects.Update(t.Context(), o, metav1.UpdateOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var to [2]*fickle
	var urls [2]string
	for i := range to {
		to[i] = &fickle{random: rand.New(rand.NewPCG(uint64(i), 3))}
		server := httptest.NewServer(to[i])
		defer server.Close()
		urls[i] = server.URL
	}
	first := fmt.Sprintf("- {to: %s, format: json}\n", urls[0])
	second := fmt.Sprintf("- {to: %s, format: json, signals: true}\n", urls[1])
	configure := func(sinks, rules, rule string) {
		put("dogwatch", map[string]string{"config.yaml": "types: [configmaps]\nsinks:\n" + sinks + rules, "own.yaml": rule})
	}
	configure(first, "", "")
	kubeconfig, err := cluster.Kubeconfig(controlplane.Admin, in)
	if err != nil {
		t.Fatal(err)
	}
	s := run(t, exec.Command(program, "stream", "--kubeconfig", kubeconfig, "-n", in, "--config", "configmap:"+in+"/dogwatch"), to[0].text)
	s.await("its watching", func(all []event) bool { return has(all, func(e event) bool { return e.Notice == "watching" }) })
	heard := func(what string, sink int, signals bool, want ...string) {
		t.Helper()
		await.Success(t, patience, what, func(context.Context) error {
			if got := told(t, to[sink].text(), signals); !slices.Equal(got, want) {
				return fmt.Errorf("told are %q, wanted %q", got, want)
			}
			return nil
		})
	}
	put("a", nil)
	heard("a change", 0, false, "a")

	configure(first+second, "rules: [own.yaml]\n", badRule)
	put("b", map[string]string{"bad": "yes"})
	heard("what a rule finds", 1, true, "b")
	heard("the change, by who stays", 0, false, "a", "b")

	configure(first+second, "rules: [own.yaml]\n", strings.Replace(badRule, `orValue("")`, `orElse("")`, 1))
	await.Success(t, patience, "the bad edit to be said", func(context.Context) error {
		if said := s.said.String(); !strings.Contains(said, "own.yaml:4:") || !strings.Contains(said, "going on with what it said before") {
			return fmt.Errorf("it is said: %s", said)
		}
		return nil
	})
	put("c", map[string]string{"bad": "yes"})
	heard("what the rule finds that was before", 1, true, "b", "c")
	heard("all changes so far", 0, false, "a", "b", "c")

	configure(second, "rules: [own.yaml]\n", badRule)
	await.Success(t, patience, "the edit to be followed", func(context.Context) error {
		if said := s.said.String(); strings.Count(said, "is followed") < 3 {
			return fmt.Errorf("it is said: %s", said)
		}
		return nil
	})
	put("d", map[string]string{"bad": "yes"})
	heard("what the rule finds at the end", 1, true, "b", "c", "d")
	s.end()
	heard("nothing by who was dropped", 0, false, "a", "b", "c")
}
