package apiserver_test

import (
	"net/http"
	"net/url"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// Whatever address a server listens on, its kubeconfig leads to it, and its certificate is for the name there.
func TestKubeconfigsWorkForEveryAddress(t *testing.T) {
	for addr, local := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, "[::]:0": false, ":0": false,
	} {
		w := start(t, 2, apiserver.Options{RequireToken: true, Addr: addr})
		if w.Local() != local {
			t.Errorf("%s: local %v", addr, w.Local())
		}
		kubeconfig, err := w.Kubeconfig("replay")
		if err != nil {
			t.Fatal(err)
		}
		config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
		if err != nil {
			t.Fatal(err)
		}
		if host, err := url.Parse(config.Host); err != nil || host.Hostname() == "::" || host.Hostname() == "0.0.0.0" {
			t.Errorf("%s: the kubeconfig names %s, %v", addr, config.Host, err)
		}
		client, err := rest.HTTPClientFor(config)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Get(config.Host + podsPath)
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		_ = resp.Body.Close()
		client.CloseIdleConnections()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", addr, resp.Status)
		}
	}
}
