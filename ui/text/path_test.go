package text_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/ui/text"
)

func TestAPathIsCutBetweenItsSteps(t *testing.T) {
	const path = "spec.template.spec.containers[api].image"
	for width, want := range map[int]string{
		40: path, 39: "…template.spec.containers[api].image", 30: "…spec.containers[api].image", 21: "…[api].image", 12: "…[api].image",
		11: "…image", 6: "…image", 5: "…mage", 1: "…", 0: "",
	} {
		if got := text.TruncatePath(path, width); got != want {
			t.Errorf("in %d cells: %q, want %q", width, got, want)
		}
	}
}

// What is in brackets tells more than the room of it that stays empty.
func TestALongKeyIsCutWithin(t *testing.T) {
	if got, want := text.TruncatePath("status.conditions[ContainersReady].status", 23), "…ontainersReady].status"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
