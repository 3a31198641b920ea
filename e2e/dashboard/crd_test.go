package dashboard

import (
	"fmt"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// gadgets defines a custom type with one printer column of its own beside its age.
func gadgets(column, jsonPath string) string {
	return fmt.Sprintf(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.e2e.example.com}
spec:
  group: e2e.example.com
  scope: Namespaced
  names: {kind: Gadget, listKind: GadgetList, plural: gadgets, singular: gadget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: %s, type: string, jsonPath: %s}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
`, column, jsonPath)
}

// gadget is an object of that type.
func gadget(name string) string {
	return fmt.Sprintf(`
apiVersion: e2e.example.com/v1
kind: Gadget
metadata: {name: %s, namespace: default}
spec: {size: enormous, colour: turquoise}
`, name)
}

func removeGadgets(t *testing.T) {
	t.Helper()
	kubectl(t, bare, "delete", "crd", "gadgets.e2e.example.com", "--ignore-not-found")
}

func TestTypeComesGoesAndComesBackWithOtherColumns(t *testing.T) {
	cleanUp(t, bare, "delete", "crd", "gadgets.e2e.example.com", "--ignore-not-found")
	s := start(t, bare, controlplane.Reader, "services")
	s.expect("kubernetes", "1 services 1")
	s.press("a")
	s.Type("gadgets")
	s.expect(`no type fits "gadgets"`)

	// The open picker learns of a type that is new.
	apply(t, bare, gadgets("Size", ".spec.size"))
	s.expectRow("[ ] gadgets", "e2e.example.com/v1", "new")
	s.press("enter")
	s.expect("2 gadgets", "no gadgets")
	apply(t, bare, gadget("first"))
	s.expectRow("NAME", "SIZE", "AGE")
	s.expectRow("first", "enormous")

	removeGadgets(t)
	s.expect("no longer served")
	s.expectRow("gadgets", "∅ gone")

	// Nothing is pressed: the rows come by themselves, under the new columns.
	apply(t, bare, gadgets("Colour", ".spec.colour"))
	apply(t, bare, gadget("second"))
	s.expectRow("NAME", "COLOUR", "AGE")
	s.expectRow("second", "turquoise")
	s.expectGone("SIZE")
	s.expectGone("gone")
	s.quit()
}
