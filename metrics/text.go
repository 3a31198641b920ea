package metrics

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
)

// textType is the form that WriteText writes.
const textType = "text/plain; version=0.0.4; charset=utf-8"

// WriteText writes families as Prometheus reads them. Those without samples are left out.
func WriteText(w io.Writer, families []Family) error {
	families = slices.Clone(families)
	slices.SortFunc(families, func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	for i := range families {
		families[i].write(&out)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (f *Family) write(out *bytes.Buffer) {
	if len(f.Samples) == 0 {
		return
	}
	kind := "gauge"
	if f.Kind == Counter {
		kind = "counter"
	}
	out.WriteString("# HELP " + f.Name + " " + strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.Help) + "\n")
	out.WriteString("# TYPE " + f.Name + " " + kind + "\n")
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	for _, s := range f.sorted() {
		out.WriteString(f.Name)
		for i, value := range s.Labels {
			before := ","
			if i == 0 {
				before = "{"
			}
			out.WriteString(before + f.Labels[i] + `="` + escape.Replace(value) + `"`)
		}
		if len(s.Labels) > 0 {
			out.WriteByte('}')
		}
		out.WriteString(" " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
	}
}
