package main

import (
	"fmt"
	"testing"
)

// Who tells no signals any more is told that what is open is not known from then on; who does again is told all that is open.
func TestSignalsThatAreAskedForAgainAreToldAnew(t *testing.T) {
	s, a, b := newShop(t), newCollector(t), newCollector(t)
	s.label("one", 1)
	from, save := homes()["a file"](s)
	edit := func(signals bool) {
		files := sinksOf(`to: "`+b.url+`", format: json, signals: true`, fmt.Sprintf(`to: %q, format: json, changes: true, signals: %v`, a.url, signals))
		files["config.yaml"] += "rules: [a.yaml]\n"
		files["a.yaml"] = labelled("a", "1", "first")
		save(files)
	}
	edit(true)
	c := s.beginSinks(from)
	a.await(a.signals, "first opened")
	edit(false)
	c.followed(2)
	a.await(a.signals, "first opened, first unknown")
	s.label("two", 1)
	b.await(b.signals, "first opened, first opened")
	edit(true)
	a.await(a.signals, "first opened, first unknown, first opened, first opened")
	a.await(a.labels, "two added")
	save(sinksOf(`to: "` + b.url + `", format: json, signals: true`))
	a.await(a.signals, "first opened, first unknown, first opened, first opened, first unknown, first unknown")
}

// Who is told what waited for another is told what was open before, too.
func TestASinkThatGoesElsewhereIsToldWhatIsOpen(t *testing.T) {
	s, a, b := newShop(t), newCollector(t), newCollector(t)
	s.label("one", 1)
	from, save := homes()["a file"](s)
	edit := func(to *collector) {
		files := sinksOf(`to: "` + to.url + `", spool: w, format: json, signals: true`)
		files["config.yaml"] += "rules: [a.yaml]\n"
		files["a.yaml"] = labelled("a", "1", "first")
		save(files)
	}
	edit(a)
	c := s.beginSinks(from)
	a.await(a.signals, "first opened")
	edit(b)
	c.followed(2)
	b.await(b.signals, "first opened")
	s.label("one", 2)
	b.await(b.signals, "first opened, first resolved")
	if told := a.signals(); told != "first opened" {
		t.Errorf("who was told before is told %s", told)
	}
}
