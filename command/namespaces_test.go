package command

import "testing"

func TestMissingNamespaceIsDoubted(t *testing.T) {
	namespaces := []string{"default", "kube-system", "shop", "shop-eu"}
	for line, want := range map[string]string{
		"ns shop":             "",
		"ns all":              "",
		"ns":                  "", // a type
		"po":                  "",
		"po -A":               "",
		"po shop /x":          "",
		"ctx shpo":            "",
		"po shpo @other":      "", // of which nothing is known
		"po shop @prod":       "",
		"ns shpo":             "no namespace shpo: did you mean shop? enter again goes",
		"po shpo @prod":       "no namespace shpo: did you mean shop? enter again goes",
		"po -n kube-sstem /x": "no namespace kube-sstem: did you mean kube-system? enter again goes",
		"ns sho":              "no namespace sho: did you mean shop or shop-eu? enter again goes",
		"ns tomorrow":         "no namespace tomorrow. enter again goes",
	} {
		c, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if name, missing := Missing(c, "prod", namespaces); missing {
			got = Doubt(name, namespaces)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
