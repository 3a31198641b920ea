package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	rules "github.com/dogwatch/dogwatch/signals"
	judging "github.com/dogwatch/dogwatch/signals/recorded"
)

func secretsType() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, Kind: "Secret", Singular: "secret", Namespaced: true,
		Columns: []store.Column{{TableColumnDefinition: metav1.TableColumnDefinition{Name: "Name", Type: "string"}, Path: ".metadata.name"}},
	}
}

// secret has values, given as NAME=VALUE, and a label.
func secret(name, label string, values ...string) []byte {
	data := map[string]string{}
	for _, v := range values {
		k, v, _ := strings.Cut(v, "=")
		data[k] = base64.StdEncoding.EncodeToString([]byte(v))
	}
	text, _ := json.Marshal(data)
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"shop","name":%q,"labels":{"n":%q}},"data":%s}`, name, label, text)
}

// changesOfSecrets is a rule that tells what changed of Secrets.
const changesOfSecrets = `rules:
- name: changed
  types: [secrets]
  when: change.type != ""
  resolved: "true"
  signal: {type: Changed, severity: info, title: It changed, message: "${change.paths.filter(p, p.startsWith(\"data\") || p.startsWith(\"metadata.labels\"))}"}
`

// toldOf is what rules tell of a recording's Secrets, those that dogwatch comes with, too.
func (b *recordBench) toldOf(file string) []string {
	b.Helper()
	rec, err := recording.OpenPath(file)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	builtin, err := rules.Builtin()
	if err != nil {
		b.Fatal(err)
	}
	own, wrong := rules.Load("test.yaml", []byte(changesOfSecrets))
	if len(wrong) > 0 {
		b.Fatal(wrong)
	}
	var told []string
	judge, err := judging.Run(b.Context(), rec, judging.Rules{Own: own, Builtin: builtin}, func(s rules.Signal) {
		told = append(told, strings.TrimSpace(s.Type+" "+s.Subject.Name+" "+s.Message))
	})
	if err != nil || len(judge.Faults()) > 0 {
		b.Fatalf("%v, %v", err, judge.Faults())
	}
	slices.Sort(told)
	return told
}

// A recorder that is started again in its folder masks values with other marks than the one before it. Rules tell only what is known to have changed meanwhile, in a part
// of it that is cut out, too, and all that changes then.
func TestARecorderThatIsStartedAgainChangesNoSecrets(t *testing.T) {
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddType(secretsType()); err != nil {
		t.Fatal(err)
	}
	put := func(object []byte) {
		t.Helper()
		if _, err := st.Apply(secretsType().Resource, object); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"same", "labelled", "grown", "shrunk", "longer", "gone", "renewed"} {
		put(secret(name, "1", "a=hunter1", "b=hunter2"))
	}
	b := startRecordingOf(t, st, "secrets", "--keep", "24h")
	b.await("the first state", func(s contents) bool { return len(s) == 7 })
	put(secret("same", "1", "a=hunter3", "b=hunter2"))
	b.await("a change", func(contents) bool { return strings.Contains(b.changes(), "same") })
	b.stop()
	put(secret("labelled", "2", "a=hunter1", "b=hunter2"))
	put(secret("grown", "1", "a=hunter1", "b=hunter2", "c=hunter3"))
	put(secret("shrunk", "1", "a=hunter1"))
	put(secret("longer", "1", "a=hunter-1", "b=hunter2"))
	put(secret("renewed", "1", "a=hunter9", "b=hunter2")) // which nobody can tell
	put(secret("new", "1", "a=hunter1"))
	if _, err := st.Delete(secretsType().Resource, "shop", "gone"); err != nil {
		t.Fatal(err)
	}
	b.start("secrets", "--keep", "24h")
	b.await("the second state", func(s contents) bool { return s["secrets.v1 shop/new"] != "" })
	put(secret("renewed", "1", "a=hunter0", "b=hunter2"))
	put(secret("labelled", "3", "a=hunter1", "b=hunter2"))
	b.await("changes", func(contents) bool { return strings.Contains(b.changes(), "labelled") })
	b.stop()
	want := []string{
		"SecretChanged same", "Changed same data.a",
		"Changed labelled metadata.labels.n",
		"SecretChanged grown", "Changed grown data.c",
		"SecretChanged shrunk", "Changed shrunk data.b",
		"SecretChanged longer", "Changed longer data.a",
		"Changed gone", "Changed new", "Changed renewed",
		"SecretChanged renewed", "Changed renewed data.a",
		"Changed labelled metadata.labels.n",
	}
	slices.Sort(want)
	if got := b.toldOf(b.file); !slices.Equal(got, want) {
		t.Errorf("of the folder it is told\n%q, want\n%q", got, want)
	}
	cut := filepath.Join(t.TempDir(), "cut.jsonl.zst")
	var said strings.Builder
	if code := Main([]string{"dogwatch", "recording", "cut", b.file, "--from", "begin", "--to", "end", "-o", cut}, &said, &said); code != setup.ExitOK {
		t.Fatal(said.String())
	}
	if got := b.toldOf(cut); !slices.Equal(got, want) {
		t.Errorf("of what is cut out it is told\n%q, want\n%q", got, want)
	}
}

// changes names the objects of the last segment's changes.
func (b *recordBench) changes() string {
	b.Helper()
	rec, err := recording.OpenPath(b.file)
	if err != nil {
		return ""
	}
	defer func() { _ = rec.Close() }()
	segments := rec.Segments()
	var all []string
	_ = segments[len(segments)-1].Read(func(e *recording.Entry) error { // it breaks off: it is being written
		if e.Kind == recording.Modified {
			all = append(all, keyOf(e))
		}
		return nil
	})
	return strings.Join(all, " ")
}
