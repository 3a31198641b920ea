package signals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// assistant is a client of "dogwatch mcp", which runs as a program of its own and is spoken to over its standard input and output.
type assistant struct {
	*testing.T
	session *sdk.ClientSession
	told    chan string // the resources that it is told are different
}

func newAssistant(t *testing.T, args ...string) *assistant {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Admin, "")
	if err != nil {
		t.Fatal(err)
	}
	a := &assistant{T: t, told: make(chan string, 1000)}
	client := sdk.NewClient(&sdk.Implementation{Name: "e2e", Version: "1"}, &sdk.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) { a.told <- r.Params.URI },
	})
	command := exec.Command(program, append([]string{"mcp", "--kubeconfig", kubeconfig}, args...)...)
	command.Stderr = t.Output()
	if a.session, err = client.Connect(t.Context(), &sdk.CommandTransport{Command: command}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.session.Close(); err != nil {
			t.Errorf("the program ends with %v", err)
		}
	})
	return a
}

// ask calls a tool, and gives its answer and what follows it.
func (a *assistant) ask(tool string, question map[string]any) (answer map[string]any, text string, err error) {
	result, err := a.session.CallTool(a.Context(), &sdk.CallToolParams{Name: tool, Arguments: question})
	if err != nil {
		return nil, "", err
	}
	var said []string
	for _, c := range result.Content {
		said = append(said, c.(*sdk.TextContent).Text)
	}
	if result.IsError {
		return nil, "", errors.New(said[0])
	}
	return answer, strings.Join(said[1:], ""), errors.Join(json.Unmarshal([]byte(said[0]), &answer))
}

// until asks until what is said, the answer and what follows it, has all of some texts.
func (a *assistant) until(tool string, question map[string]any, has ...string) (answer map[string]any) {
	a.Helper()
	await.Success(a, patience, fmt.Sprintf("%s %v to tell %q", tool, question, has), func(context.Context) error {
		var text string
		var err error
		if answer, text, err = a.ask(tool, question); err != nil {
			return err
		}
		said, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		for _, want := range has {
			if !strings.Contains(string(said)+text, want) {
				return fmt.Errorf("it tells %.2000s\n%.2000s", said, text)
			}
		}
		return nil
	})
	return answer
}

// hears waits until it is told of a resource.
func (a *assistant) hears(uri string) {
	a.Helper()
	await.Success(a, patience, "a word of "+uri, func(ctx context.Context) error {
		select {
		case told := <-a.told:
			if told != uri {
				a.Errorf("%s is told of", told)
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// What an assistant asks about a rollout that fails, of the whole program on a real control plane.
func TestAnAssistantFindsOutWhyARolloutFails(t *testing.T) {
	do(t, `{apiVersion: v1, kind: Namespace, metadata: {name: asked}}`)
	do(t, strings.Replace(deployment("front", "1", `image: "web:1"`), "{name: front}", "{name: front, namespace: asked}", 1))
	do(t, "--namespace=asked rollout status deployment/front")
	a := newAssistant(t, "-A", "--signals")
	type args = map[string]any

	a.until("list_types", args{"watched_only": true, "match": "deployments"}, `"type":"deployments.apps"`, `"state":"live"`)
	pods := args{"type": "pods", "namespace": "asked", "filter": "object.metadata.labels.app == 'front' && object.status.phase == 'Running'"}
	found := a.until("query_objects", pods, `"total":1`)
	pod := found["objects"].([]any)[0].(args)["name"].(string)
	a.until("get_object", args{"type": "pods", "namespace": "asked", "name": pod}, "kind: Pod\n", "image: web:1\n", "uid: ")
	a.until("list_signals", args{"namespace": "asked", "severity": "warning", "state": "open"}, `"complete":true`, `"total":0`)

	const uri = "dogwatch://objects/deployments.apps/asked/front"
	if err := a.session.Subscribe(t.Context(), &sdk.SubscribeParams{URI: uri}); err != nil {
		t.Fatal(err)
	}
	a.hears(uri) // that it has begun
	do(t, "--namespace=asked set image deployment/front web=web:missing")
	a.hears(uri)

	const path = `spec.template.spec.containers[name=\"web\"].image`
	front := args{"type": "deployments", "namespace": "asked", "name": "front"}
	a.until("list_changes", args{"type": "deployments", "namespace": "asked", "since": "10m", "manager": "kubectl-set", "path": "image"},
		`"name":"front"`, `"by":["kubectl-set"]`, `"path":"`+path+`"`, `"old":"web:1"`, `"new":"web:missing"`)
	history := a.until("object_history", front, `"by":["kubectl-set"]`, `"new":"web:missing"`)
	var before string // the version that kubectl changed
	versions := history["versions"].([]any)
	for i, v := range versions[:len(versions)-1] {
		if by, _ := json.Marshal(v.(args)["by"]); strings.Contains(string(by), "kubectl-set") {
			before = versions[i+1].(args)["resource_version"].(string)
		}
	}
	a.until("diff_object", args{"type": "deployments", "namespace": "asked", "name": "front", "from": before}, `"new":"web:missing"`, `"old":"web:1"`, path)
	a.until("get_object", args{"type": "deployments", "namespace": "asked", "name": "front", "at": before}, "image: web:1\n")

	a.until("list_problems", args{"namespace": "asked", "type": "pods"}, `"total":1`, "ImagePull")
	a.until("explain", front, `"well":false`, `"type":"pods"`, "ImagePull", `"by":["kubectl-set"]`, `"new":"web:missing"`)
	a.until("object_relations", front, `"complete":true`, `"relation":"owned"`, `"type":"replicasets.apps"`, pod)
	a.until("list_signals", args{"namespace": "asked", "rule": "image-pull", "state": "open"}, `"total":1`, `"name":"front-`, `"by":"kubectl-set"`)
}
