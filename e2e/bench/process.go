package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuOf is the processor time that a process has taken, to a hundredth of a second.
func cpuOf(pid int) (time.Duration, error) {
	// Behind the name in brackets; in ticks: user and system time are fields 14 and 15.
	ticks, err := fieldsOf(procFile(pid, "stat"), 13)
	if err != nil {
		return 0, err
	}
	return time.Duration(ticks[11]+ticks[12]) * 10 * time.Millisecond, nil
}

// residentOf is how many bytes of a process are in memory.
func residentOf(pid int) (int64, error) {
	memory, err := fieldsOf(procFile(pid, "statm"), 2)
	if err != nil {
		return 0, err
	}
	return memory[1] * int64(os.Getpagesize()), nil
}

// forgetPeak begins to look for the peak of a process's memory anew.
func forgetPeak(pid int) error { return os.WriteFile(procFile(pid, "clear_refs"), []byte("5"), 0) }

// peakOf is how many bytes of a process were in memory at most.
func peakOf(pid int) (int64, error) {
	content, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(content), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("%s names no peak", procFile(pid, "status"))
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10, err
}

func procFile(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// fieldsOf reads the numbers of one of the kernel's files, at least so many; what is no number is 0.
func fieldsOf(path string, least int) ([]int64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text := string(content)
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	if len(fields) < least {
		return nil, fmt.Errorf("%s has %d fields", path, len(fields))
	}
	numbers := make([]int64, len(fields))
	for i, f := range fields {
		numbers[i], _ = strconv.ParseInt(f, 10, 64)
	}
	return numbers, nil
}
