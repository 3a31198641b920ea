package controlplane

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// auditPolicy records that each request was made, not what it said. A long-running request is recorded
// when its answer starts and again when it is complete; all others once.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// The stages of a request at which the API server records it.
const (
	ResponseStarted  = "ResponseStarted"
	ResponseComplete = "ResponseComplete"
)

// AuditEvent is what the API server recorded of one request at one stage.
type AuditEvent struct {
	// ID is the same for all stages of a request.
	ID    string `json:"auditID"`
	Stage string `json:"stage"`
	// Verb is Kubernetes' verb (get, list, watch, create...), or the lower-case HTTP method of a request
	// that is not for a resource.
	Verb       string    `json:"verb"`
	RequestURI string    `json:"requestURI"`
	UserAgent  string    `json:"userAgent"`
	User       AuditUser `json:"user"`
	// Impersonated is whom the user acted as; empty where as itself.
	Impersonated AuditUser   `json:"impersonatedUser"`
	Object       AuditObject `json:"objectRef"`
	Response     struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Received time.Time `json:"requestReceivedTimestamp"`
}

// AuditUser is who made a request.
type AuditUser struct {
	Name   string   `json:"username"`
	Groups []string `json:"groups"`
}

// AuditObject is what a request was about. All is empty for a request that is not for a resource.
type AuditObject struct {
	Group       string `json:"apiGroup"`
	Version     string `json:"apiVersion"`
	Resource    string `json:"resource"`
	Subresource string `json:"subresource"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
}

// AuditEvents returns everything in the audit log that match accepts, in the order in which it was recorded.
// A request is in the log before its answer is sent.
func (c *ControlPlane) AuditEvents(match func(AuditEvent) bool) ([]AuditEvent, error) {
	content, err := os.ReadFile(c.path("audit.log"))
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1] // the last line may still be being written
	var events []AuditEvent
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	for lines.Scan() {
		var event AuditEvent
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		if match(event) {
			events = append(events, event)
		}
	}
	return events, nil
}

// AuditByUser is a match for [ControlPlane.AuditEvents]: the requests of one user.
func AuditByUser(user string) func(AuditEvent) bool {
	return func(event AuditEvent) bool { return event.User.Name == user }
}
