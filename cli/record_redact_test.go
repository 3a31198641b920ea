package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

func configMaps() store.Type {
	column := func(name, path string) store.Column {
		return store.Column{TableColumnDefinition: metav1.TableColumnDefinition{Name: name, Type: "string"}, Path: path}
	}
	return store.Type{
		Resource: schema.GroupVersionResource{Version: "v1", Resource: "configmaps"},
		Kind:     "ConfigMap", Singular: "configmap", ShortNames: []string{"cm"}, Namespaced: true,
		Columns: []store.Column{column("Name", ".metadata.name"), column("Token", ".data.token")},
	}
}

func configMap(name, token string) []byte {
	applied := fmt.Sprintf(`{"data":{"token":%q}}`, token)
	return []byte(fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"shop","name":%q,"annotations":`+
		`{"kubectl.kubernetes.io/last-applied-configuration":%q}},"data":{"token":%q,"color":"blue"}}`, name, applied, token))
}

// decompressed is all that the recording says.
func (b *recordBench) decompressed() string {
	b.Helper()
	file, err := os.ReadFile(b.file)
	if err != nil {
		b.Fatal(err)
	}
	in, err := zstd.NewReader(bytes.NewReader(file))
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	all, err := io.ReadAll(in)
	if err != nil {
		b.Fatal(err)
	}
	return string(all)
}

func TestRedactedValuesAreNotInTheFile(t *testing.T) {
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddType(configMaps()); err != nil {
		t.Fatal(err)
	}
	put := func(object []byte) {
		if _, err := st.Apply(configMaps().Resource, object); err != nil {
			t.Fatal(err)
		}
	}
	put(configMap("settings", "hunter-one"))
	b := startRecordingOf(t, st, "cm,po", "no-such-type", "--redact", "cm:.data.token",
		"--redact", "pods:{.spec.containers[*].env[*].value}", "--redact", "no-such-type:.spec", "--redact", ".status.nowhere")
	b.await("the first state", func(s contents) bool { return len(s) == 4 })
	for _, rule := range []string{"no-such-type:.spec", ".status.nowhere"} {
		if said := b.said.String(); !strings.Contains(said, "--redact "+rule+": nothing is there in the first state") {
			t.Errorf("said at the beginning: %q", said)
		}
	}
	put(configMap("settings", "hunter-two"))
	put(configMap("more", "hunter-three"))
	if _, err := st.Delete(configMaps().Resource, "shop", "settings"); err != nil {
		t.Fatal(err)
	}
	b.await("the last change", func(s contents) bool {
		return s["configmaps.v1 shop/more"] != "" && s["configmaps.v1 shop/settings"] == ""
	})
	said := b.stop()
	text := b.decompressed()
	for _, secret := range []string{"hunter", `"value":"info"`, `"north"`} {
		if n := strings.Count(text, secret); n > 0 {
			t.Errorf("%q is %d times in the file", secret, n)
		}
	}
	for _, kept := range []string{
		`"color":"blue"`, `"token":"•••• \(10 bytes, mark [0-9a-f]{4}\)"`, `\["settings","•••• \(10 bytes\)"\]`, `"name":"REGION","value":"•••• \(5 bytes\)"`,
	} {
		if !regexp.MustCompile(kept).MatchString(text) {
			t.Errorf("%s is not in the file", kept)
		}
	}
	for _, want := range []string{
		"--redact no-such-type:.spec: it hid nothing: no object had a value there",
		"--redact .status.nowhere: it hid nothing: no object had a value there",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	if strings.Contains(said, "--redact cm:") {
		t.Errorf("said %q of a rule that hid something", said)
	}
}
