package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	deploymentsType = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	pods            = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	secrets         = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
)

// canary is the value of a Secret, which must never leave, plain or not.
const (
	canary       = "hunter2-canary"
	canaryBase64 = "aHVudGVyMi1jYW5hcnk="
)

const theSecret = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop","uid":"s1",
		"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"` + canaryBase64 + `\"}}"}},
		"data":{"password":"` + canaryBase64 + `"},"stringData":{"also":"` + canary + `"}}`

// traffic is all that a client and a server said to each other.
type traffic struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *traffic) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *traffic) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// bench is a client that asks a Server about an API server in this process.
type bench struct {
	testing.TB
	store   *store.Store
	api     *apiserver.Server
	ws      *workspace.Workspace
	marks   *mcp.Marks
	server  *mcp.Server
	client  *sdk.ClientSession
	traffic *traffic
	changed chan struct{} // has a token whenever the workspace changed
}

type benchOptions struct {
	serve     apiserver.Options
	faults    func(*http.Request) *apiserver.Fault // from the first request on
	mcp       mcp.Options
	signals   func(*bench) mcp.Signals
	namespace string
	types     []string
	recorded  workspace.Recorded
	pods      int // 20 unless given
}

func newBench(t testing.TB, opts benchOptions) *bench {
	t.Helper()
	b := &bench{TB: t, traffic: &traffic{}, marks: &mcp.Marks{}, changed: make(chan struct{}, 1)}
	b.startAPI(opts.serve, max(opts.pods, 20))
	b.api.SetFaults(opts.faults)
	b.startWorkspace(opts)
	opts.mcp.Workspace, opts.mcp.Marks = b.ws, b.marks
	if opts.signals != nil {
		opts.mcp.Signals = opts.signals(b)
	}
	b.server = mcp.New(opts.mcp)
	b.Cleanup(b.server.Close)
	b.client = b.connect("", nil)
	return b
}

func (b *bench) startAPI(opts apiserver.Options, pods int) {
	b.Helper()
	var err error
	if b.store, err = sample.Store(pods); err != nil {
		b.Fatal(err)
	}
	if err := b.store.AddType(store.Type{Resource: secrets, Kind: "Secret", Namespaced: true}); err != nil {
		b.Fatal(err)
	}
	b.apply(secrets, theSecret)
	b.api = apiserver.New(b.store, opts)
	if err := b.api.Start(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := b.api.Close(); err != nil {
			b.Errorf("closing the server: %v", err)
		}
	})
}

func (b *bench) startWorkspace(opts benchOptions) {
	b.Helper()
	kubeconfig, err := b.api.Kubeconfig("sample")
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		b.Fatal(err)
	}
	o := setup.New()
	o.Kube.Kubeconfig, o.AllNamespaces, o.History = path, opts.namespace == "", timeline.New(64<<20)
	o.Kube.Context.Namespace, o.Recorded = opts.namespace, opts.recorded
	if b.ws, err = o.Workspace(context.WithoutCancel(b.Context()), b.mark); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := b.ws.Close(ctx); err != nil {
			b.Errorf("closing the workspace: %v", err)
		}
	})
	if len(opts.types) == 0 {
		opts.types = []string{"pods", "deployments"}
	}
	if err := setup.OpenTabs(b.ws, opts.types, nil); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) mark() {
	b.marks.Mark()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// connect makes a session over a transport in memory, in a version of the protocol, empty for the newest. updated is told of resources.
func (b *bench) connect(version string, updated func(uri string)) *sdk.ClientSession {
	b.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ours, theirs := sdk.NewInMemoryTransports()
	ended := make(chan error, 1)
	go func() { ended <- b.server.Run(ctx, ours) }()
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, hearing(updated))
	session, err := client.Connect(ctx, &sdk.LoggingTransport{Transport: theirs, Writer: b.traffic}, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		cancel()
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := session.Close(); err != nil && !errors.Is(err, sdk.ErrConnectionClosed) {
			b.Errorf("the client's end: %v", err)
		}
		if err := <-ended; err != nil {
			b.Errorf("the server's end: %v", err)
		}
		cancel()
	})
	return session
}

// hearing are a client's options that have it told of resources.
func hearing(updated func(uri string)) *sdk.ClientOptions {
	if updated == nil {
		return nil
	}
	return &sdk.ClientOptions{ResourceUpdatedHandler: func(_ context.Context, r *sdk.ResourceUpdatedNotificationRequest) { updated(r.Params.URI) }}
}

func (b *bench) apply(gvr schema.GroupVersionResource, object string) {
	b.Helper()
	if _, err := b.store.Apply(gvr, []byte(object)); err != nil {
		b.Fatal(err)
	}
}

// denySecrets allows all but to read Secrets.
func denySecrets(_, _ string, r schema.GroupVersionResource, _ string) bool {
	return r.Resource != "secrets"
}

type args = map[string]any

// ask calls a tool and gives its answer, and what follows it.
func (b *bench) ask(tool string, question args) (answer map[string]any, text string) {
	b.Helper()
	result := b.call(tool, question)
	if result.IsError {
		b.Fatalf("%s %v: %s", tool, question, said(result))
	}
	if err := json.Unmarshal([]byte(result.Content[0].(*sdk.TextContent).Text), &answer); err != nil {
		b.Fatalf("%s: %v in %s", tool, err, said(result))
	}
	if len(result.Content) > 1 {
		text = result.Content[1].(*sdk.TextContent).Text
	}
	return answer, text
}

// refused calls a tool that is to refuse, and gives why.
func (b *bench) refused(tool string, question args) string {
	b.Helper()
	result := b.call(tool, question)
	if !result.IsError {
		b.Fatalf("%s %v is answered: %s", tool, question, said(result))
	}
	return said(result)
}

func (b *bench) call(tool string, question args) *sdk.CallToolResult {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 60*time.Second)
	defer cancel()
	result, err := b.client.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: question})
	if err != nil {
		b.Fatalf("%s %v: %v", tool, question, err)
	}
	return result
}

func said(r *sdk.CallToolResult) string {
	var all []string
	for _, c := range r.Content {
		if text, ok := c.(*sdk.TextContent); ok {
			all = append(all, text.Text)
		}
	}
	return strings.Join(all, "\n")
}

// list gives a member that is a list of objects.
func list(answer map[string]any, member string) []map[string]any {
	var all []map[string]any
	items, _ := answer[member].([]any)
	for _, item := range items {
		all = append(all, item.(map[string]any))
	}
	return all
}

// until asks again until an answer is as said.
func (b *bench) until(what, tool string, question args, is func(map[string]any) bool) map[string]any {
	b.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	for {
		answer, _ := b.ask(tool, question)
		if is(answer) {
			return answer
		}
		select {
		case <-b.changed:
		case <-deadline.C:
			b.Fatalf("%s does not come to be: %v", what, answer)
		}
	}
}

// all asks for all pages of a list.
func (b *bench) all(tool string, question args, member string) (items []map[string]any, pages int) {
	b.Helper()
	for {
		answer, _ := b.ask(tool, question)
		items, pages = append(items, list(answer, member)...), pages+1
		cursor, _ := answer["next_cursor"].(string)
		if cursor == "" {
			return items, pages
		}
		question["cursor"] = cursor
	}
}

func names(items []map[string]any) string {
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item["name"]))
	}
	return strings.Join(all, " ")
}
