package text_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/ui/text"
)

func TestOfAPairWhatDiffersIsSeen(t *testing.T) {
	for _, test := range []struct {
		old, new         string
		width            int
		wantOld, wantNew string
	}{
		{"api:1.8.2", "api:1.9.0", 18, "api:1.8.2", "api:1.9.0"},
		{"registry.shop/payments/fraud:0.4.2", "registry.shop/payments/fraud:0.5.0", 40, "…0.4.2", "…0.5.0"},
		{"MinimumReplicasAvailable", "MinimumReplicasUnavailable", 24, "…Available", "…Unavailable"},
		{"MinimumReplicasAvailable", "MinimumReplicasUnavailable", 14, "…Avail…", "…Unava…"},
		{"registry.shop/fraud-detection-service", "registry.shop/fraud-detection-server", 12, "…ice", "…er"},
		{"registry.shop/fraud", "registry.shop/fraud-scoring", 20, "…fraud", "…fraud-scoring"},
		{"日本語のポッド", "日本語の猫", 10, "…ポッド", "…猫"},
		{"nothing", "node-5", 8, "not…", "nod…"},
		{"a\x1b[2Jb", "c", 40, text.Clean("a\x1b[2Jb"), "c"},
	} {
		old, new := text.TruncatePair(test.old, test.new, test.width)
		if old != test.wantOld || new != test.wantNew {
			t.Errorf("%q and %q in %d: %q and %q, want %q and %q", test.old, test.new, test.width, old, new, test.wantOld, test.wantNew)
		}
	}
}

func TestOfAChangeTheNewValueIsSeen(t *testing.T) {
	for _, test := range []struct {
		was, is          string
		width            int
		wantOld, wantNew string
	}{
		{"api:1.8.2", "api:1.9.0", 18, "api:1.8.2", "api:1.9.0"},
		{"ReplicaSetUpdated", "NewReplicaSetAvailable", 24, "ReplicaSetU…", "NewReplicaS…"},
		{"ReplicaSetUpdated", "NewReplicaSetAvailable", 11, "", "NewReplica…"},
		{"True", "UnknownForAWhile", 8, "True", "Unk…"},
		{"registry.shop/fraud:3.14", "registry.shop/fraud:3.15.0", 20, "…14", "…15.0"},
		{"registry.shop/fraud:0.4.2", "registry.shop/fraud:0.5.0", 10, "", "…0.5.0"},
	} {
		old, new := text.TruncateChange(test.was, test.is, test.width)
		if old != test.wantOld || new != test.wantNew {
			t.Errorf("%q and %q in %d: %q and %q, want %q and %q", test.was, test.is, test.width, old, new, test.wantOld, test.wantNew)
		}
	}
}
