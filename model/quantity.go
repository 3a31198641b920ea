package model

import (
	"strconv"
	"strings"
)

// parseMeasure reads the measure that a printed cell begins with: a whole
// number ("7 (12s ago)"), a percentage, a quantity ("1.5Gi") or a duration
// ("2y10d", in seconds). A decimal without a unit is no measure: it may as
// well be a version. "5m" is five minutes, or milli where the column says that
// it holds quantities.
func parseMeasure(cell string, quantities bool) (float64, bool) {
	word, _, _ := strings.Cut(cell, " ")
	if word == "" || !isDigit(word[0]) {
		return 0, false
	}
	number, unit := splitNumber(word)
	if unit == "" && strings.Contains(number, ".") {
		return 0, false
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	scale, ok := quantityScale(unit)
	if ok && (unit != "m" || quantities) {
		return n * scale, true
	}
	return parseDuration(word)
}

// splitNumber cuts a text after the decimal that it begins with.
func splitNumber(s string) (number, rest string) {
	n := digits(s)
	if n < len(s) && s[n] == '.' {
		if d := digits(s[n+1:]); d > 0 {
			n += 1 + d
		}
	}
	return s[:n], s[n:]
}

// quantityScale gives the factor of a unit of Kubernetes' quantities.
func quantityScale(unit string) (float64, bool) {
	switch unit {
	case "", "%":
		return 1, true
	case "n":
		return 1e-9, true
	case "u":
		return 1e-6, true
	case "m":
		return 1e-3, true
	case "k":
		return 1e3, true
	}
	power := strings.Index("_KMGTPE", unit[:1]) // "_" is no unit
	switch {
	case power < 1:
		return 0, false
	case len(unit) == 2 && unit[1] == 'i':
		return float64(uint64(1) << (10 * power)), true
	case len(unit) == 1 && power > 1:
		scale := 1.0
		for range power {
			scale *= 1e3
		}
		return scale, true
	}
	return 0, false
}

// parseDuration reads a duration as kubectl and Go print them, in seconds.
func parseDuration(s string) (float64, bool) {
	total := 0.0
	for s != "" {
		number, rest := splitNumber(s)
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return 0, false
		}
		seconds, size := durationUnit(rest)
		if size == 0 {
			return 0, false
		}
		total += n * seconds
		s = rest[size:]
	}
	return total, true
}

// durationUnit gives the seconds of the unit that a text begins with, and the
// unit's length, 0 where it is none.
func durationUnit(s string) (seconds float64, size int) {
	if strings.HasPrefix(s, "ms") {
		return 1e-3, 2
	}
	if s == "" {
		return 0, 0
	}
	const day = 24 * 60 * 60
	switch s[0] {
	case 's':
		return 1, 1
	case 'm':
		return 60, 1
	case 'h':
		return 60 * 60, 1
	case 'd':
		return day, 1
	case 'y':
		return 365 * day, 1
	}
	return 0, 0
}

// holdsQuantities tells by a column's name whether "5m" in it is milli.
func holdsQuantities(column string) bool {
	column = strings.ToUpper(column)
	for _, word := range []string{"CPU", "CORES", "MEM", "REQUEST", "LIMIT", "CAPACITY", "QUOTA", "USED", "HARD"} {
		if strings.Contains(column, word) {
			return true
		}
	}
	return false
}
