package recorder

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// printedDate is the column of types without columns of their own: the only one whose times a server prints as such.
const printedDate = "Created At"

// definitions are columns as a server's Table defines them.
func definitions(columns *model.Columns) []recording.Column {
	if columns == nil {
		return nil
	}
	defs := make([]recording.Column, len(columns.List))
	for i, c := range columns.List {
		defs[i].TableColumnDefinition = metav1.TableColumnDefinition{
			Name: c.Name, Type: c.Type, Description: c.Description, Priority: c.Priority,
		}
		defs[i].Age = c.Kind == model.Date && c.Name != printedDate
		if c.IsName {
			defs[i].Format = "name"
		}
	}
	return defs
}

// cellsOf is an object's row in JSON. Dates become times: an age would be true for one moment only. Ages within other cells
// are as of the moment that is given, from which on they grow when the recording is played.
func cellsOf(o *model.Object, at time.Time) jsontext.Value {
	passed := time.Duration(0)
	if o.Received != 0 {
		passed = max(0, at.Sub(time.Unix(o.Received, 0))).Truncate(time.Second)
	}
	out := []byte{'['}
	for i, cell := range o.Cells {
		if i > 0 {
			out = append(out, ',')
		}
		c := o.Columns.List[i]
		out = appendCell(out, c, olderCell(c, cell, passed))
	}
	return append(out, ']')
}

// olderCell is a cell with the age in it, if there is one, as it is some time after it was printed.
func olderCell(c model.Column, cell string, passed time.Duration) string {
	if passed == 0 || c.Kind == model.Date {
		return cell
	}
	before, age, after, ok := model.CutAge(c.Kind, cell)
	if !ok {
		return cell
	}
	return before + duration.HumanDuration(age+passed) + after
}

func appendCell(out []byte, c model.Column, cell string) []byte {
	if c.Kind == model.Date {
		seconds, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return append(out, "null"...)
		}
		return strconv.AppendQuote(out, time.Unix(seconds, 0).UTC().Format(time.RFC3339))
	}
	switch c.Type {
	case "integer", "number", "boolean":
		if cell == "" {
			return append(out, "null"...)
		}
		if jsontext.Value(cell).IsValid() {
			return append(out, cell...)
		}
	}
	quoted, err := jsontext.AppendQuote(out, cell)
	if err != nil { // the decoder made it valid UTF-8
		return append(out, "null"...)
	}
	return quoted
}
