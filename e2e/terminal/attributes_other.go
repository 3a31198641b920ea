//go:build unix && !linux

package terminal

import "syscall"

// childAttributes makes the pseudo-terminal the child's own. Only Linux can tie its life to its parent's.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}
