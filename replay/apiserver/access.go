package apiserver

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// Access is what a client needs to reach a started server.
type Access struct {
	Host  string // https://host:port
	CA    []byte // PEM
	Token string // empty when none is required
}

// Access to the started server; the zero value before Start.
func (s *Server) Access() Access {
	l := s.listening()
	if l == nil {
		return Access{}
	}
	return Access{Host: "https://" + l.host, CA: l.ca, Token: s.token}
}

// Local tells that only this machine reaches the started server.
func (s *Server) Local() bool {
	l := s.listening()
	return l != nil && l.local()
}

// Kubeconfig is a kubeconfig file for the started server, with one cluster, context and user of the given name. On one
// machine it asks for answers that are not compressed: that would take longer than anything else.
func (s *Server) Kubeconfig(name string) ([]byte, error) {
	access := s.Access()
	user := map[string]any{}
	if access.Token != "" {
		user["token"] = access.Token
	}
	cluster := map[string]any{"server": access.Host, "certificate-authority-data": access.CA}
	if s.Local() {
		cluster["disable-compression"] = true
	}
	config := map[string]any{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters":   []any{map[string]any{"name": name, "cluster": cluster}},
		"users":      []any{map[string]any{"name": name, "user": user}},
		"contexts": []any{map[string]any{"name": name, "context": map[string]any{
			"cluster": name, "user": name,
		}}},
		"current-context": name,
	}
	out, err := yaml.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return out, nil
}
