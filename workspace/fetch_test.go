package workspace_test

import (
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestSecretsAreMaskedUnlessRevealed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{Namespace: "shop"})
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	b.addType(store.Type{Resource: secrets, Kind: "Secret", Namespaced: true})
	if _, err := b.store.Apply(secrets, []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"},"data":{"password":"aHVudGVyMg=="}}`)); err != nil {
		t.Fatal(err)
	}
	id := b.mustOpen("secrets")
	b.await("secrets are live", live)
	row := model.RowID{Key: model.Key{Namespace: "shop", Name: "db"}}
	masked, err := b.ws.Fetch(t.Context(), id, row)
	if err != nil || strings.Contains(string(masked), "aHVudGVyMg==") || !strings.Contains(string(masked), "password") {
		t.Errorf("Fetch gives %s, %v", masked, err)
	}
	revealed, err := b.ws.Reveal(t.Context(), id, row)
	if err != nil || !strings.Contains(string(revealed.JSON), "aHVudGVyMg==") {
		t.Errorf("Reveal gives %s, %v", revealed.JSON, err)
	}
	if want := [][]string{{"data", "*"}}; !reflect.DeepEqual(revealed.Encoded, want) {
		t.Errorf("encoded are %q, want %q", revealed.Encoded, want)
	}
	b.ws.CloseTab(id)
	if _, err := b.ws.Reveal(t.Context(), id, row); err == nil {
		t.Error("reveals what is in no tab")
	}
}
