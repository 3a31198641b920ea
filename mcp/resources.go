package mcp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/model"
)

// What can be read, and subscribed to.
const (
	scheme      = "dogwatch://"
	problemsURI = scheme + "problems"
	signalsURI  = scheme + "signals"
	objectsURI  = scheme + "objects/"
	jsonType    = "application/json"
)

// addResources offers what can be read and subscribed to. What each gives is the first answer of a tool.
func (s *Server) addResources() {
	s.mcp.AddResource(&sdk.Resource{
		URI: problemsURI, Name: "problems", Title: "What is not well", MIMEType: jsonType, Description: "What list_problems gives. " + isData,
	}, s.readResource)
	if s.opts.Signals != nil {
		s.mcp.AddResource(&sdk.Resource{
			URI: signalsURI, Name: "signals", Title: "What rules find", MIMEType: jsonType, Description: "What list_signals gives. " + isData,
		}, s.readResource)
	}
	s.mcp.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: objectsURI + "{type}", Name: "objects", Title: "The objects of a type", MIMEType: jsonType,
		Description: "What query_objects gives of a type, such as pods or deployments.apps; its next_cursor is for that tool. " + isData,
	}, s.readResource)
	s.mcp.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: objectsURI + "{type}/{+name}", Name: "object", Title: "One object", MIMEType: jsonType,
		Description: "What get_object gives of one object: its name is NAMESPACE/NAME, or NAME where it has no namespace. " + isData,
	}, s.readResource)
	s.mcp.AddReceivingMiddleware(s.listWatched)
}

// listWatched adds the types that are watched to the resources that are listed.
func (s *Server) listWatched(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		result, err := next(ctx, method, req)
		all, ok := result.(*sdk.ListResourcesResult)
		if err != nil || !ok || all.NextCursor != "" {
			return result, err
		}
		var types []string
		for _, w := range s.ws.Watches() {
			types = append(types, groupResource(w.Resource.GVR))
		}
		slices.Sort(types)
		for _, name := range slices.Compact(types) {
			all.Resources = append(all.Resources, &sdk.Resource{URI: objectsURI + name, Name: name, MIMEType: jsonType, Description: "What query_objects gives of " + name + ". " + isData})
		}
		return all, nil
	}
}

// resource is what a URI stands for: the problems, the signals, the objects of a type, or one of them.
type resource struct {
	uri       string
	typeName  string // empty for problems and signals
	namespace string
	name      string // empty for all objects
}

var errNoResource = errors.New("there is no such resource: dogwatch://problems, dogwatch://signals, dogwatch://objects/TYPE or dogwatch://objects/TYPE/NAMESPACE/NAME")

// parseResource reads a URI.
func parseResource(uri string) (resource, error) {
	r := resource{uri: uri}
	if uri == problemsURI || uri == signalsURI {
		return r, nil
	}
	rest, ok := strings.CutPrefix(uri, objectsURI)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) > 3 {
		return r, errNoResource
	}
	for i, part := range parts {
		text, err := url.PathUnescape(part)
		if err != nil || text == "" || strings.ContainsAny(text, ",/ ") {
			return r, errNoResource
		}
		parts[i] = text
	}
	r.typeName = parts[0]
	if len(parts) > 1 {
		r.name = parts[len(parts)-1]
	}
	if len(parts) == 3 {
		r.namespace = parts[1]
	}
	return r, nil
}

func (s *Server) readResource(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	r, err := parseResource(req.Params.URI)
	if err != nil {
		return nil, sdk.ResourceNotFoundError(req.Params.URI)
	}
	var answer any
	switch {
	case r.uri == problemsURI:
		answer, err = s.listProblems(ctx, problemsQuestion{})
	case r.uri == signalsURI:
		answer, err = s.listSignals(ctx, signalsQuestion{})
	case r.name == "":
		answer, err = s.queryObjects(ctx, queryQuestion{Type: r.typeName})
	default:
		answer, err = s.getObject(ctx, objectQuestion{objectName: objectName{r.typeName, r.namespace, r.name}})
	}
	if err != nil {
		return nil, refusal(err)
	}
	texts, err := s.texts(answer)
	if err != nil {
		return nil, refusal(err)
	}
	result := &sdk.ReadResourceResult{}
	for i, text := range texts {
		result.Contents = append(result.Contents, &sdk.ResourceContents{URI: r.uri, MIMEType: []string{jsonType, "application/yaml"}[i], Text: text})
	}
	return result, nil
}

// resourceState is by what it is told that reading a resource gives something else than before.
type resourceState struct {
	version uint64
	watches string // which they are, and their phases
	object  string // its UID and version
}

// stateOfResource tells how a resource is. It takes no time, however much there is.
func (s *Server) stateOfResource(r *resource) resourceState {
	switch r.uri {
	case problemsURI:
		return resourceState{version: s.ws.Problems().Version()}
	case signalsURI:
		return resourceState{version: s.opts.Signals.List().Version()}
	}
	var state resourceState
	from := source{watches: watchesOf(s.ws.Watches(), r.typeName)}
	for _, w := range from.watches {
		state.watches += fmt.Sprintf("%p %s,", w.Watch, w.Watch.State().Phase)
		if r.name == "" {
			state.version += w.Watch.Store().Version()
		}
	}
	if r.name == "" {
		return state
	}
	if o := from.get(model.Key{Namespace: r.namespace, Name: r.name}); o != nil {
		state.object = string(o.UID) + "/" + o.ResourceVersion
	}
	return state
}

// resolveResource looks whether there may be such a resource, and names its type in full.
func (s *Server) resolveResource(ctx context.Context, r *resource) error {
	if r.uri == signalsURI {
		if s.opts.Signals == nil {
			return errNoResource
		}
		return s.opts.Signals.Start()
	}
	if r.typeName == "" {
		return nil
	}
	if err := s.inScope(r.namespace); err != nil {
		return err
	}
	resources, err := s.resolve(ctx, r.typeName)
	if err != nil {
		return err
	}
	if len(resources) != 1 {
		return fmt.Errorf("%s stands for several types: name one", quoted(r.typeName))
	}
	r.typeName = groupResource(resources[0].GVR)
	if r.name != "" && resources[0].Namespaced != (r.namespace != "") {
		return fmt.Errorf("%s: name an object as NAMESPACE/NAME, or NAME where it has no namespace", r.uri)
	}
	return nil
}
