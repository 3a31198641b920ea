package setup

import "strings"

// LoopbackUnlessTold puts an address without a host, or a port alone, on the loopback: who is to be asked by other machines has to say so.
func LoopbackUnlessTold(addr string) string {
	if !strings.Contains(addr, ":") {
		addr = ":" + addr
	}
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	return addr
}
