package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// harmless are the goroutines that do not hand their panics on, and why they need not.
func harmless() map[string]string {
	return map[string]string{"setup/crash.go": "it runs after a panic, and recovers from its own"}
}

// TestEveryGoroutineHandsItsPanicsOn looks at each place in the program that starts a goroutine: what runs there must defer
// Kubernetes' HandleCrash, or the terminal would stay as it is.
func TestEveryGoroutineHandsItsPanicsOn(t *testing.T) {
	program, err := readProgram(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range program.packages {
		program.learn(p)
	}
	excused, started := harmless(), 0
	for _, p := range program.packages {
		p.goroutines(func(at token.Pos, runs ast.Expr) {
			started++
			where := program.fset.Position(at)
			name, err := filepath.Rel(program.root, where.Filename)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := excused[name]; ok {
				delete(excused, name)
			} else if !program.handsOn(p, runs) {
				t.Errorf("%s:%d starts a goroutine that does not defer HandleCrash", name, where.Line)
			}
		})
	}
	if started < 30 {
		t.Errorf("there are %d places that start goroutines: the check cannot be right", started)
	}
	for name := range excused {
		t.Errorf("%s needs no excuse any more", name)
	}
}

// sources are the program's packages, with the types of what is in them.
type sources struct {
	root     string
	fset     *token.FileSet
	packages []*source
	// hands tells of functions and methods, by their full names, that they hand their panics on.
	hands map[string]bool
	// makes tells of those that give a function which does.
	makes map[string]bool
}

type source struct {
	files []*ast.File
	info  types.Info
}

// readProgram reads what is in the program, and in the other one that knows rules, and gets the types of the rest from the compiler.
func readProgram(root string) (*sources, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,Module", ".", "./cmd/dogwatch-signals")
	list.Dir, list.Stderr = root, os.Stderr
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing what is in the program: %w", err)
	}
	type entry struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
		Module                  struct{ Main bool }
	}
	exports, ours := map[string]string{}, []entry{}
	for decoder := json.NewDecoder(bytes.NewReader(listed)); decoder.More(); {
		var e entry
		if err := decoder.Decode(&e); err != nil {
			return nil, fmt.Errorf("reading what is in the program: %w", err)
		}
		exports[e.ImportPath] = e.Export
		if e.Module.Main {
			ours = append(ours, e)
		}
	}
	s := &sources{root: root, fset: token.NewFileSet(), hands: map[string]bool{}, makes: map[string]bool{}}
	compiled := importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, e := range ours {
		if err := s.read(e.ImportPath, e.Dir, e.GoFiles, compiled); err != nil {
			return nil, fmt.Errorf("reading %s: %w", e.ImportPath, err)
		}
	}
	return s, nil
}

func (s *sources) read(path, dir string, names []string, compiled types.Importer) error {
	p := &source{info: types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}}
	for _, name := range names {
		file, err := parser.ParseFile(s.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.files = append(p.files, file)
	}
	if _, err := (&types.Config{Importer: compiled}).Check(path, s.fset, p.files, &p.info); err != nil {
		return err
	}
	s.packages = append(s.packages, p)
	return nil
}

// learn notes which functions of a package hand their panics on.
func (s *sources) learn(p *source) {
	for _, file := range p.files {
		for _, d := range file.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			name := p.info.Defs[function.Name].(*types.Func).FullName()
			s.hands[name] = p.defers(function.Body)
			s.makes[name] = len(function.Body.List) == 1 && p.gives(function.Body.List[0])
		}
	}
}

// gives tells whether a statement returns a function that hands its panics on.
func (p *source) gives(s ast.Stmt) bool {
	returned, ok := s.(*ast.ReturnStmt)
	if !ok || len(returned.Results) != 1 {
		return false
	}
	function, ok := returned.Results[0].(*ast.FuncLit)
	return ok && p.defers(function.Body)
}

// defers tells whether a function defers HandleCrash.
func (p *source) defers(body *ast.BlockStmt) bool {
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		deferred, ok := s.(*ast.DeferStmt)
		return ok && p.nameOf(deferred.Call.Fun) == "k8s.io/apimachinery/pkg/util/runtime.HandleCrash"
	})
}

// nameOf is the full name of a function or method, empty where it is not known before it runs.
func (p *source) nameOf(e ast.Expr) string {
	if selector, ok := e.(*ast.SelectorExpr); ok {
		e = selector.Sel
	}
	if name, ok := e.(*ast.Ident); ok {
		if function, ok := p.info.Uses[name].(*types.Func); ok {
			return function.FullName()
		}
	}
	return ""
}

// goroutines calls f with each place that starts one, or several, and what runs there.
func (p *source) goroutines(f func(at token.Pos, runs ast.Expr)) {
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				f(n.Pos(), n.Call.Fun)
			case *ast.CallExpr:
				switch name := p.nameOf(n.Fun); {
				case name == "context.AfterFunc", name == "time.AfterFunc",
					strings.HasSuffix(name, "sync.WaitGroup).Go"), strings.HasSuffix(name, "errgroup.Group).Go"), strings.HasSuffix(name, "errgroup.Group).TryGo"):
					f(n.Pos(), n.Args[len(n.Args)-1])
				}
			}
			return true
		})
	}
}

// handsOn tells whether what runs hands its panics on: a function that defers HandleCrash, one that only calls such a one, or
// what is made of any by a function that sees to it. Who cancels a context does not panic.
func (s *sources) handsOn(p *source, runs ast.Expr) bool {
	if name := p.info.Types[runs].Type.String(); name == "context.CancelFunc" || name == "context.CancelCauseFunc" {
		return true
	}
	switch runs := runs.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return s.hands[p.nameOf(runs)]
	case *ast.CallExpr:
		return s.makes[p.nameOf(runs.Fun)]
	case *ast.FuncLit:
		if len(runs.Body.List) == 1 {
			if only, ok := runs.Body.List[0].(*ast.ExprStmt); ok {
				call, ok := only.X.(*ast.CallExpr)
				return ok && s.handsOn(p, call.Fun)
			}
		}
		return p.defers(runs.Body)
	}
	return false
}
