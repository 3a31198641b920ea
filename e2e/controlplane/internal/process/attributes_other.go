//go:build unix && !linux

package process

import "syscall"

// childAttributes puts a child in its own process group. Only Linux can tie its life to its parent's.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
