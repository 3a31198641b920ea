package dashboard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// patterned defines a custom type of a group of its own, with a label.
func patterned(plural string) string {
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]s.pattern.example.com, labels: {team: e2e-%[1]s}}
spec:
  group: pattern.example.com
  scope: Namespaced
  names: {kind: Kind%[1]s, listKind: Kind%[1]sList, plural: %[1]s, singular: %[2]s}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, plural, strings.TrimSuffix(plural, "s"))
}

// A type that is installed later and matches is watched by itself, and dropped when it goes.
func TestTypesThatMatchAPatternComeAndGoByThemselves(t *testing.T) {
	for _, plural := range []string{"sprockets", "cogs"} {
		cleanUp(t, bare, "delete", "crd", plural+".pattern.example.com", "--ignore-not-found")
	}
	s := start(t, bare, controlplane.Reader, "*.pattern.example.com", "crd:team=e2e-cogs")
	s.expect("no type matches *.pattern.example.com yet")
	apply(t, bare, patterned("sprockets"))
	s.expect("no sprockets")
	apply(t, bare, "{apiVersion: pattern.example.com/v1, kind: Kindsprockets, metadata: {name: first, namespace: default}}")
	s.expectRow("first")
	s.press("2")
	s.expect("no type matches crd:team=e2e-cogs yet")
	apply(t, bare, patterned("cogs"))
	s.expect("no cogs")
	s.press("1")
	apply(t, bare, "{apiVersion: pattern.example.com/v1, kind: Kindcogs, metadata: {name: second, namespace: default}}")
	s.expectRow("sprockets", "first")
	s.expectRow("cogs", "second")
	kubectl(t, bare, "delete", "crd", "sprockets.pattern.example.com")
	s.expectGone("first")
	s.expectRow("second")
	kubectl(t, bare, "delete", "crd", "cogs.pattern.example.com")
	s.expect("no type matches *.pattern.example.com yet")
	s.quit()
}

// Edits of a file, and of a ConfigMap, open and close tabs; one that is wrong is said and changes nothing.
func TestConfigurationIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	cleanUp(t, bare, "delete", "configmap", "dogwatch", "-n", "default", "--ignore-not-found")
	for config, save := range map[string]func(content string){
		path: func(content string) {
			if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"configmap:default/dogwatch": func(content string) {
			apply(t, bare, fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: dogwatch, namespace: default}, data: {config.yaml: %q}}", content))
		},
	} {
		save("types: [services]")
		s := start(t, bare, controlplane.Reader, "--config", config)
		s.expect("kubernetes", "1 services 1")
		save("types: [services, namespaces]")
		s.expect("1 services 1", "2 namespaces ")
		save("types: [services, x/y]")
		s.expect(`types: type "x/y": give a type`, "what it said before goes on", "2 namespaces ")
		save("types: [namespaces]")
		s.expect("1 namespaces ", "the configuration is followed again")
		s.quit()
	}
}
