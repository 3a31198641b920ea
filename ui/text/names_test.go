package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dogwatch/dogwatch/ui/text"
)

func TestAPathIsCutBetweenItsSteps(t *testing.T) {
	const path = "spec.template.spec.containers[api].image"
	for width, want := range map[int]string{
		40: path, 39: "spec…spec.containers[api].image", 30: "spec…containers[api].image", 25: "spec…[api].image", 15: "…[api].image",
		12: "…[api].image", 11: "…image", 6: "…image", 5: "…mage", 4: "im…e", 1: "…", 0: "",
	} {
		if got := text.TruncatePath(path, width); got != want {
			t.Errorf("in %d cells: %q, want %q", width, got, want)
		}
	}
}

// What is in brackets tells more than the room of it that stays empty, and a time more than that it is some stamp.
func TestALongStepIsCutWithin(t *testing.T) {
	for _, c := range []struct {
		path string
		w    int
		want string
	}{
		{"status.conditions[ContainersReady].status", 31, "status…[ContainersReady].status"},
		{"status.conditions[ContainersReady].status", 30, "…[ContainersReady].status"},
		{"status.conditions[ContainersReady].status", 23, "…[Contain…Ready].status"},
		{"status.conditions[ContainersReady].status", 14, "…status"},
		{"metadata.deletionTimestamp", 20, "…deletionTimestamp"},
		{"metadata.deletionTimestamp", 12, "deleti…stamp"},
		{"metadata.annotations[deployment.kubernetes.io/revision]", 30, "…[deployment.kuberne…revision]"},
		{"deployment.kubernetes.io", 12, "…io"},
		{"availableReplicas", 10, "avail…icas"},
		{"[0]", 2, "[…"},
		{".a", 1, "…"},
		{"[ab", 2, "[…"},
	} {
		if got := text.TruncatePath(c.path, c.w); got != c.want {
			t.Errorf("%s in %d: %q, want %q", c.path, c.w, got, c.want)
		}
	}
}

func TestAnObjectKeepsBothEndsOfItsName(t *testing.T) {
	for _, c := range []struct {
		name string
		w    int
		want string
	}{
		{"eshop/import-prices", 19, "eshop/import-prices"},
		{"eshop/import-prices", 17, "es…/import-prices"},
		{"payments/fraud-scoring", 20, "payme…/fraud-scoring"},
		{"eshop/checkout-745ddf9db4-pbhp9", 20, "es…/checkout-7…pbhp9"},
		{"eshop/checkout-745ddf9db4-pbhp9", 9, "esh…pbhp9"},
		{"shop/checkout-745ddf9db4-pbhp9", 20, "shop/checkout…pbhp9"},
		{"@staging shop/late", 14, "@staging…/late"},
		{"node-1", 4, "no…1"},
		{"a/b", 1, "…"},
		{"", 3, ""},
	} {
		if got := text.TruncateObject(c.name, c.w); got != c.want {
			t.Errorf("%s in %d: %q, want %q", c.name, c.w, got, c.want)
		}
	}
}

func TestANameKeepsItsLastWord(t *testing.T) {
	for _, c := range []struct {
		name string
		w    int
		want string
	}{
		{"kube-controller-manager", 23, "kube-controller-manager"},
		{"kube-controller-manager", 22, "kube-controlle…manager"},
		{"kube-controller-manager", 13, "kube…manager"},
		{"kube-controller-manager", 10, "kube…ager"},
		{"a-certificate-with-a-name-that-nobody-types", 40, "a-certificate-with-a-name-t…nobody-types"},
		{"promotion-operator", 12, "pro…operator"},
		{"kubectl-client-side-apply", 12, "kubect…apply"},
		{"session-cleanup.18ec9cf9772f902d", 20, "session-clean…2f902d"},
		{"日本-日本語日本語", 9, "日本…本語"},
		{"-----", 3, "-…-"},
		{"ab-", 2, "a…"},
	} {
		if got := text.TruncateName(c.name, c.w); got != c.want {
			t.Errorf("%s in %d: %q, want %q", c.name, c.w, got, c.want)
		}
	}
}

func FuzzTruncateNames(f *testing.F) {
	for _, s := range []string{"spec.containers[a].image", "shop/api", "\xa8/00000000000000000", "[[]]", "..", "a[b", "ä/世界\x1b[2J", strings.Repeat("é/.[", 400)} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = min(max(w, 0), 300)
		for _, cut := range []string{text.TruncatePath(s, w), text.TruncateObject(s, w), text.TruncateName(s, w)} {
			if text.Width(cut) > w || text.Clean(cut) != cut || !utf8.ValidString(cut) {
				t.Fatalf("%q in %d cells: %q", s, w, cut)
			}
		}
	})
}
